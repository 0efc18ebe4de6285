import type { BatchId, TenantId, WorkloadId } from '@bulkhead/domain';
import type pg from 'pg';

/** A submission that asks to be let in. */
export interface Admission {
  readonly tenantId: TenantId;
  /** Asking again for the same one takes no more room. */
  readonly stream: WorkloadId | BatchId;
  /** How many workloads of it may wait at once. */
  readonly workloads: number;
  /** Null is without limit. */
  readonly perMinute: number | null;
  readonly pendingMax: number | null;
}

export interface Admitted {
  /** Null where it was let in. */
  readonly refused: 'submissionsPerMinute' | 'pendingWorkloads' | null;
  /** Let in during the minute that is under way, this one included. */
  readonly submissions: number;
  /** When that minute is over. */
  readonly resetMs: number;
  /** What waited before this one; null where that has no limit. */
  readonly pending: number | null;
}

/** What a tenant has of its quota now. */
export interface TenantUseNow {
  readonly workloads: number;
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  readonly utilityVms: number;
  readonly pendingWorkloads: number;
  readonly submissionsThisMinute: number;
}

interface AdmittedRow {
  readonly refused: Admitted['refused'];
  readonly submissions: number;
  readonly reset_ms: number;
  readonly pending: string | null;
}

/**
 * Counts a submission before it is appended. All processes count in one place, so no two of them let in
 * what there is room for once.
 */
export async function admitSubmission(pool: pg.Pool, asked: Admission): Promise<Admitted> {
  const { tenantId, stream, workloads, perMinute, pendingMax } = asked;
  const { rows } = await pool.query<AdmittedRow>({
    name: 'limits-admit',
    text: 'SELECT * FROM limits.admit($1, $2, $3, $4, $5)',
    values: [tenantId, stream, workloads, perMinute, pendingMax],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('limits.admit gave no answer');
  const pending = row.pending === null ? null : Number(row.pending);
  return { refused: row.refused, submissions: row.submissions, resetMs: row.reset_ms, pending };
}

/** May trail what was just recorded, as lists do. */
export async function readTenantUse(pool: pg.Pool, tenantId: TenantId): Promise<TenantUseNow> {
  const { rows } = await pool.query<Record<string, string | number>>({
    name: 'limits-use-of',
    text: 'SELECT * FROM limits.use_of($1)',
    values: [tenantId],
  });
  const row = rows[0] ?? {};
  return {
    workloads: Number(row['workloads']),
    cpuMillis: Number(row['cpu_millis']),
    memoryMiB: Number(row['memory_mib']),
    utilityVms: Number(row['utility_vms']),
    pendingWorkloads: Number(row['pending']),
    submissionsThisMinute: Number(row['submissions']),
  };
}
