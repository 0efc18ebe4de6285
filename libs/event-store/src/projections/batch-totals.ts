import type { BatchId, TenantId, WorkloadStatus } from '@bulkhead/domain';
import type { DataSource } from 'typeorm';
import { withinScope } from '../row-scope.js';
import { liveGenerationOf } from './generations.js';

/** Exit codes that are counted one by one, those of most tasks first. */
export const EXIT_CODES_MAX = 50;

/** Of tasks in milliseconds; each is one that was measured, none is interpolated. */
export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly p95: number;
  readonly max: number;
}

/** What the workloads of a batch add up to, as far as the read model has come. */
export interface BatchTotals {
  /** Those that there are, by status; what is missing is 0. */
  readonly statuses: Readonly<Partial<Record<WorkloadStatus, number>>>;
  /** Of the last attempts that exited. */
  readonly exitCodes: readonly { readonly exitCode: number; readonly tasks: number }[];
  /** Attempts of all of them, of the one with the most, and how many had more than one. */
  readonly attempts: { readonly total: number; readonly most: number; readonly retried: number };
  /** From start to exit of the last attempt; null where none has exited. */
  readonly ranMs: Spread | null;
  /** From becoming a workload to its end, of those that had an attempt; null where none of them has ended. */
  readonly tookMs: Spread | null;
}

const spread = (column: string) => `
  CASE WHEN count(${column}) = 0 THEN NULL ELSE (
    SELECT json_build_object('min', p[1], 'median', p[2], 'p95', p[3], 'max', p[4])
      FROM (SELECT percentile_disc(ARRAY[0, 0.5, 0.95, 1]) WITHIN GROUP (ORDER BY ${column}) AS p
              FROM tasks) one) END`;

/** Null where one of the two is unknown, which `greatest` would leave out: what never ran would count as no time at all. */
const between = (fromMs: string, toMs: string) => `
           CASE WHEN ${fromMs} IS NOT NULL AND ${toMs} IS NOT NULL
                THEN greatest(0, (${toMs})::bigint - (${fromMs})::bigint) END`;

const READ_TOTALS = `
  WITH tasks AS MATERIALIZED (
    SELECT w.status,
           coalesce((w.state->'current'->>'attempt')::integer, 0) AS attempts,
           (w.state->'current'->'exit'->>'exitCode')::bigint AS exit_code,
           ${between("w.state->'current'->>'startedAtMs'", "w.state->'current'->'exit'->>'atMs'")} AS ran_ms,
           CASE WHEN (w.state->'current'->>'attempt') IS NOT NULL
                THEN ${between("w.state->>'submittedAtMs'", "w.state->>'endedAtMs'")} END AS took_ms
      FROM read.workloads w
     WHERE ${withinScope('$1')} AND w.generation = ${liveGenerationOf('workloads')}
       AND w.tenant_id = $1 AND w.batch_id = $2),
  by_code AS (
    SELECT exit_code, count(*) AS tasks FROM tasks WHERE exit_code IS NOT NULL
     GROUP BY exit_code ORDER BY count(*) DESC, exit_code LIMIT ${EXIT_CODES_MAX})
  SELECT json_build_object(
    'statuses', (SELECT coalesce(json_object_agg(s.status, s.tasks), '{}')
                   FROM (SELECT status, count(*) AS tasks FROM tasks GROUP BY status) s),
    'exitCodes', (SELECT coalesce(json_agg(json_build_object('exitCode', exit_code, 'tasks', tasks)), '[]')
                    FROM by_code),
    'attempts', json_build_object('total', coalesce(sum(attempts), 0),
                                  'most', coalesce(max(attempts), 0),
                                  'retried', count(*) FILTER (WHERE attempts > 1)),
    'ranMs', ${spread('ran_ms')},
    'tookMs', ${spread('took_ms')}) AS totals
  FROM tasks`;

/** What a tenant's batch has come to so far; reads all of its workloads, 10,000 at most, in the database. */
export async function readBatchTotals(
  dataSource: DataSource,
  tenantId: TenantId,
  batchId: BatchId,
): Promise<BatchTotals> {
  const rows: readonly { totals: BatchTotals }[] = await dataSource.query(READ_TOTALS, [
    tenantId,
    batchId,
  ]);
  const [row] = rows;
  if (row === undefined) throw new Error('a sum of nothing has a row too');
  return row.totals;
}
