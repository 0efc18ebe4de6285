import type { TimeMs } from '@bulkhead/domain';
import type pg from 'pg';
import { LOG_TYPES } from '../log/recorded-row.js';

/** A job that has failed for good: what it was for, and why it failed. It holds nothing that a tenant wrote. */
export interface FailedJob {
  readonly job: string;
  readonly kind: string;
  readonly tenantId: string | null;
  readonly workloadId: string | null;
  readonly hostId: string | null;
  readonly correlationId: string | null;
  readonly failedAtMs: TimeMs;
  readonly tries: number;
  readonly reason: string;
}

/** One queue of jobs at a moment. */
export interface QueueSummary {
  readonly name: string;
  /** Jobs that could run now and wait for a worker. */
  readonly waiting: number;
  readonly active: number;
  /** Jobs that come later: run-time limits, further tries, starts whose turn has not come. */
  readonly delayed: number;
  readonly failed: number;
  /** When the one that has waited longest came; null where none waits. */
  readonly oldestWaitingAtMs: TimeMs | null;
  readonly newestFailureAtMs: TimeMs | null;
  /** The newest ones. */
  readonly failures: readonly FailedJob[];
}

export type QueueDatastoreName = 'postgres' | 'redis';

/** A queue as a worker has last told of it. */
export interface ToldQueue extends QueueSummary {
  readonly datastore: QueueDatastoreName;
  /** False where the worker could not reach the queues: the figures are older then. */
  readonly answers: boolean;
  readonly toldAtMs: TimeMs;
  /** How long ago that was, by the clock of Postgres. */
  readonly toldAgoMs: number;
}

const time = (column: string) => `to_timestamp((q->>'${column}')::float8 / 1000)`;

const STORE = `
  INSERT INTO consumers.queues AS t (name, datastore, answers, waiting, active, delayed, failed,
         oldest_waiting_at, newest_failure_at, failures, told_at)
  SELECT q->>'name', $1, true, (q->>'waiting')::integer, (q->>'active')::integer,
         (q->>'delayed')::integer, (q->>'failed')::integer, ${time('oldestWaitingAtMs')},
         ${time('newestFailureAtMs')}, q->'failures', clock_timestamp()
    FROM json_array_elements($2::json) q
  ON CONFLICT (name) DO UPDATE
     SET datastore = excluded.datastore, answers = true, waiting = excluded.waiting,
         active = excluded.active, delayed = excluded.delayed, failed = excluded.failed,
         oldest_waiting_at = excluded.oldest_waiting_at,
         newest_failure_at = excluded.newest_failure_at, failures = excluded.failures,
         told_at = excluded.told_at`;

const UNREACHABLE =
  'UPDATE consumers.queues SET answers = false, told_at = clock_timestamp() WHERE name = ANY ($1)';

const LIST = `
  SELECT name, datastore, answers, waiting, active, delayed, failed, oldest_waiting_at,
         newest_failure_at, failures, told_at,
         (extract(epoch FROM clock_timestamp() - told_at) * 1000)::bigint AS told_ago_ms
    FROM consumers.queues ORDER BY name LIMIT $1`;

/** Far more than there are queues. */
const QUEUES_MAX = 100;

interface Row {
  name: string;
  datastore: QueueDatastoreName;
  answers: string;
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
  oldest_waiting_at: TimeMs | null;
  newest_failure_at: TimeMs | null;
  failures: string;
  told_at: TimeMs;
  told_ago_ms: number;
}

/** What workers tell of the queues: queues may be where the api reaches nothing. */
export class ToldQueues {
  constructor(private readonly pool: Pick<pg.Pool, 'query'>) {}

  async store(datastore: QueueDatastoreName, queues: readonly QueueSummary[]): Promise<void> {
    await this.pool.query(STORE, [datastore, JSON.stringify(queues)]);
  }

  /** What was told before stays, with the word that it is old. */
  async storeUnreachable(names: readonly string[]): Promise<void> {
    await this.pool.query(UNREACHABLE, [names]);
  }

  /** Every queue that a worker has ever told of, by name. */
  async list(): Promise<readonly ToldQueue[]> {
    const values = [QUEUES_MAX];
    const query = { name: 'queues-list', text: LIST, values, types: LOG_TYPES };
    const { rows } = await this.pool.query<Row>(query);
    return rows.map((row) => ({
      name: row.name,
      datastore: row.datastore,
      answers: row.answers === 't',
      waiting: row.waiting,
      active: row.active,
      delayed: row.delayed,
      failed: row.failed,
      oldestWaitingAtMs: row.oldest_waiting_at,
      newestFailureAtMs: row.newest_failure_at,
      failures: JSON.parse(row.failures) as FailedJob[],
      toldAtMs: row.told_at,
      toldAgoMs: row.told_ago_ms,
    }));
  }
}
