import type { TenantId, WorkloadId } from '@bulkhead/domain';
import type pg from 'pg';
import { withinScope } from '../row-scope.js';
import type { OutputChunk, OutputStream } from './output-store.js';

/** Where a reader of a workload's output has come to. */
export interface OutputMark {
  readonly attempt: number;
  readonly offset: number;
}

export interface OutputFilter {
  /** Null reads from the beginning. */
  readonly after: OutputMark | null;
  readonly limit: number;
  /** Of this attempt alone. */
  readonly attempt?: number | undefined;
  /** Of these streams alone. */
  readonly streams?: readonly OutputStream[] | undefined;
}

export interface ReadChunk extends OutputChunk {
  readonly attempt: number;
}

/** Within an attempt the next chunk is found by its key, however many there are before it. */
const READ = `
  SELECT c.attempt, k.chunk_offset, k.stream, k.written_at, k.body
    FROM output.captures c JOIN output.chunks k ON k.compute_system = c.compute_system
   WHERE ${withinScope('$1')} AND c.tenant = $1 AND c.workload = $2 AND c.attempt >= $3
     AND k.chunk_offset > CASE WHEN c.attempt = $3 THEN $4::integer ELSE -1 END
     AND ($5::integer IS NULL OR c.attempt = $5)
     AND ($6::text[] IS NULL OR k.stream = ANY ($6))
   ORDER BY c.attempt, k.chunk_offset LIMIT $7`;

interface ChunkRow {
  readonly attempt: number;
  readonly chunk_offset: number;
  readonly stream: OutputStream;
  readonly written_at: Date;
  readonly body: string;
}

/** What a tenant's workload wrote, as far as it is stored, attempt after attempt; of others nothing. */
export async function readOutput(
  pool: pg.Pool,
  tenantId: TenantId,
  workloadId: WorkloadId,
  { after, limit, attempt, streams }: OutputFilter,
): Promise<readonly ReadChunk[]> {
  const from = after ?? { attempt: 0, offset: -1 };
  const { rows } = await pool.query<ChunkRow>({
    name: 'output-read',
    text: READ,
    values: [
      tenantId,
      workloadId,
      from.attempt,
      from.offset,
      attempt ?? null,
      streams ?? null,
      limit,
    ],
  });
  return rows.map((row) => ({
    attempt: row.attempt,
    offset: row.chunk_offset,
    stream: row.stream,
    text: row.body,
    writtenAtMs: row.written_at.getTime(),
  }));
}
