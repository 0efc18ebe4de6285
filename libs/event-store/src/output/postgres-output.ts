import type { WorkloadId } from '@bulkhead/domain';
import type pg from 'pg';
import { GatheredStatements } from './gathered-statements.js';
import {
  type Capture,
  continuesOutput,
  firstOffsetOf,
  type OutputStore,
  type StoredCapture,
} from './output-store.js';

const READ_CAPTURES = `
  SELECT workload, compute_system, attempt, next_offset, cost, cut, ended_at IS NOT NULL AS ended
    FROM output.captures WHERE workload = ANY ($1::text[]) ORDER BY workload, attempt`;

interface CaptureRow {
  readonly workload: WorkloadId;
  readonly compute_system: Capture['computeSystemId'];
  readonly attempt: number;
  readonly next_offset: number;
  readonly cost: string;
  readonly cut: boolean;
  readonly ended: boolean;
}

/**
 * Takes the captures that continue what is stored (`continuesOutput`) and says which. Two processes may come at once:
 * the later one waits for the row of the other and is judged by what that one left, so the row decides for the
 * chunks, too. Where a row is missing that was there, because it was erased, the new one says that nothing is stored.
 * What is captured of a row is found by its place in the arrays, which is cheaper than a join for each.
 */
const STORE = `
  WITH told AS (
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::integer[],
                         $6::integer[], $7::bigint[], $8::boolean[], $9::boolean[])
      AS t (id, tenant, workload, attempt, first_offset, next_offset, cost, cut, ended)),
  captures AS (
    INSERT INTO output.captures AS c
           (compute_system, tenant, workload, attempt, next_offset, cost, cut, ended_at)
    SELECT t.id, t.tenant, t.workload, t.attempt,
           CASE WHEN t.first_offset = 0 THEN t.next_offset ELSE 0 END,
           CASE WHEN t.first_offset = 0 THEN t.cost ELSE 0 END,
           t.first_offset = 0 AND t.cut,
           CASE WHEN t.first_offset = 0 AND t.ended THEN clock_timestamp() END
      FROM told t
    ON CONFLICT (compute_system) DO UPDATE
       SET (next_offset, cost, cut, ended_at) = (
             SELECT ($6::integer[])[p], greatest(c.cost, ($7::bigint[])[p]), c.cut OR ($8::boolean[])[p],
                    CASE WHEN ($9::boolean[])[p] THEN clock_timestamp() END
               FROM array_position($1::text[], c.compute_system) AS p)
     WHERE c.ended_at IS NULL
       AND (SELECT c.next_offset BETWEEN ($5::integer[])[p] AND ($6::integer[])[p]
                   AND NOT (c.cut AND ($10::boolean[])[p])
              FROM array_position($1::text[], c.compute_system) AS p)
    RETURNING compute_system, next_offset),
  taken AS (
    SELECT t.id FROM told t
      JOIN captures c ON c.compute_system = t.id AND c.next_offset = t.next_offset),
  chunks AS (
    INSERT INTO output.chunks (compute_system, chunk_offset, tenant, written_at, stream, body)
    SELECT k.* FROM unnest($11::text[], $12::integer[], $13::text[], $14::timestamptz[], $15::text[],
                           $16::text[])
           AS k (id, chunk_offset, tenant, written_at, stream, body)
     WHERE k.id IN (SELECT id FROM taken)
    ON CONFLICT DO NOTHING)
  SELECT id FROM taken`;

/** What workloads write, in Postgres, for the worker's role. Calls of one moment share a statement. */
export class PostgresOutput implements OutputStore {
  private readonly reads = new GatheredStatements((asked: readonly WorkloadId[]) =>
    this.readAll(asked),
  );
  private readonly writes = new GatheredStatements((told: readonly StoredCapture[]) =>
    this.storeAll(told),
  );

  constructor(private readonly pool: pg.Pool) {}

  captures(workloadId: WorkloadId): Promise<readonly Capture[]> {
    return this.reads.make(workloadId);
  }

  store(capture: StoredCapture): Promise<boolean> {
    return this.writes.make(capture);
  }

  async sweep(olderThanDays: number, atMost: number): Promise<number> {
    const { rows } = await this.pool.query<{ swept: number }>({
      name: 'output-sweep',
      text: 'SELECT output.sweep($1, $2) AS swept',
      values: [olderThanDays, atMost],
    });
    return rows[0]?.swept ?? 0;
  }

  private async readAll(asked: readonly WorkloadId[]): Promise<readonly (readonly Capture[])[]> {
    const { rows } = await this.pool.query<CaptureRow>({
      name: 'output-read-captures',
      text: READ_CAPTURES,
      values: [asked],
    });
    const found = new Map<WorkloadId, Capture[]>(asked.map((id) => [id, []]));
    for (const row of rows) found.get(row.workload)?.push(captureOf(row));
    return asked.map((id) => found.get(id) ?? []);
  }

  private async storeAll(told: readonly StoredCapture[]): Promise<readonly boolean[]> {
    const { merged, isMerged } = mergedOf(told);
    const { rows } = await this.pool.query<{ id: string }>({
      name: 'output-store',
      text: STORE,
      values: columnsOf(merged),
    });
    const taken = new Set(rows.map(({ id }) => id));
    return told.map((capture, at) => isMerged[at] === true && taken.has(capture.computeSystemId));
  }
}

function captureOf(row: CaptureRow): Capture {
  return {
    computeSystemId: row.compute_system,
    attempt: row.attempt,
    nextOffset: row.next_offset,
    cost: Number(row.cost),
    isCut: row.cut,
    hasEnded: row.ended,
  };
}

/**
 * One statement changes a row once, and processes that change several do it in the same order. Of what came
 * for one compute system at one moment, each has to continue the one before it.
 */
function mergedOf(told: readonly StoredCapture[]) {
  const merged = new Map<string, StoredCapture>();
  const isMerged = told.map((capture) => {
    const earlier = merged.get(capture.computeSystemId);
    if (earlier !== undefined && !continuesOutput(earlier, capture)) return false;
    merged.set(capture.computeSystemId, earlier === undefined ? capture : both(earlier, capture));
    return true;
  });
  const inOrder = [...merged.values()].sort((a, b) =>
    a.computeSystemId < b.computeSystemId ? -1 : 1,
  );
  return { merged: inOrder, isMerged };
}

function both(earlier: StoredCapture, later: StoredCapture): StoredCapture {
  return {
    ...later,
    cost: Math.max(earlier.cost, later.cost),
    isCut: earlier.isCut || later.isCut,
    chunks: [...earlier.chunks, ...later.chunks],
  };
}

function columnsOf(captures: readonly StoredCapture[]): unknown[][] {
  const chunks = captures.flatMap(({ computeSystemId, tenantId, chunks: written }) =>
    written.map((chunk) => ({ computeSystemId, tenantId, ...chunk })),
  );
  return [
    captures.map(({ computeSystemId }) => computeSystemId),
    captures.map(({ tenantId }) => tenantId),
    captures.map(({ workloadId }) => workloadId),
    captures.map(({ attempt }) => attempt),
    captures.map(firstOffsetOf),
    captures.map(({ nextOffset }) => nextOffset),
    captures.map(({ cost }) => cost),
    captures.map(({ isCut }) => isCut),
    captures.map(({ hasEnded }) => hasEnded),
    captures.map((capture) => capture.chunks.length > 0),
    chunks.map(({ computeSystemId }) => computeSystemId),
    chunks.map(({ offset }) => offset),
    chunks.map(({ tenantId }) => tenantId),
    chunks.map(({ writtenAtMs }) => new Date(writtenAtMs)),
    chunks.map(({ stream }) => stream),
    chunks.map(({ text }) => text),
  ];
}
