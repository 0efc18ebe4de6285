import type { WorkloadId } from '@bulkhead/domain';
import type pg from 'pg';
import { GatheredStatements } from './gathered-statements.js';
import type { Capture, OutputStore, StoredCapture } from './output-store.js';

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

/** What two processes say of one compute system is true of both, so the greater of each is kept. */
const STORE = `
  WITH captures AS (
    INSERT INTO output.captures AS c
           (compute_system, tenant, workload, attempt, next_offset, cost, cut, ended_at)
    SELECT s.id, s.tenant, s.workload, s.attempt, s.next_offset, s.cost, s.cut,
           CASE WHEN s.ended THEN clock_timestamp() END
      FROM unnest($1::text[], $2::text[], $3::text[], $4::integer[], $5::integer[], $6::bigint[],
                  $7::boolean[], $8::boolean[])
           AS s (id, tenant, workload, attempt, next_offset, cost, cut, ended)
    ON CONFLICT (compute_system) DO UPDATE
       SET next_offset = greatest(c.next_offset, excluded.next_offset),
           cost = greatest(c.cost, excluded.cost),
           cut = c.cut OR excluded.cut,
           ended_at = coalesce(c.ended_at, excluded.ended_at))
  INSERT INTO output.chunks (compute_system, chunk_offset, tenant, written_at, stream, body)
  SELECT * FROM unnest($9::text[], $10::integer[], $11::text[], $12::timestamptz[], $13::text[],
                       $14::text[])
  ON CONFLICT DO NOTHING`;

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

  async store(capture: StoredCapture): Promise<void> {
    await this.writes.make(capture);
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

  private async storeAll(told: readonly StoredCapture[]): Promise<readonly undefined[]> {
    await this.pool.query({ name: 'output-store', text: STORE, values: columnsOf(newest(told)) });
    return told.map(() => undefined);
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

/** One statement changes a row once, and processes that change several do it in the same order. */
function newest(told: readonly StoredCapture[]): readonly StoredCapture[] {
  const merged = new Map<string, StoredCapture>();
  for (const capture of told) {
    const earlier = merged.get(capture.computeSystemId);
    merged.set(capture.computeSystemId, earlier === undefined ? capture : both(earlier, capture));
  }
  return [...merged.values()].sort((a, b) => (a.computeSystemId < b.computeSystemId ? -1 : 1));
}

function both(earlier: StoredCapture, later: StoredCapture): StoredCapture {
  return {
    ...later,
    nextOffset: Math.max(earlier.nextOffset, later.nextOffset),
    cost: Math.max(earlier.cost, later.cost),
    isCut: earlier.isCut || later.isCut,
    hasEnded: earlier.hasEnded || later.hasEnded,
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
    captures.map(({ nextOffset }) => nextOffset),
    captures.map(({ cost }) => cost),
    captures.map(({ isCut }) => isCut),
    captures.map(({ hasEnded }) => hasEnded),
    chunks.map(({ computeSystemId }) => computeSystemId),
    chunks.map(({ offset }) => offset),
    chunks.map(({ tenantId }) => tenantId),
    chunks.map(({ writtenAtMs }) => new Date(writtenAtMs)),
    chunks.map(({ stream }) => stream),
    chunks.map(({ text }) => text),
  ];
}
