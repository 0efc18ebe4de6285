import type { UuidSource } from '@bulkhead/domain';
import {
  assertSafeRole,
  KEPT_STATES,
  type KnownEvents,
  Leases,
  LogListener,
  openPool,
  openReadModels,
  PostgresLog,
  PostgresMessages,
  PostgresOutput,
} from '@bulkhead/event-store';
import type pg from 'pg';
import type { DataSource } from 'typeorm';

/** Jobs in hand at the same time share the log's appends, so their connections are few. */
const LOG_CONNECTIONS_MAX = 10;
/** Each consumer holds one while it applies a batch. */
const READ_MODEL_CONNECTIONS_MAX = 8;

/** The worker's connections to Postgres, all as its own role. */
export class Stores {
  readonly output: PostgresOutput;
  readonly messages: PostgresMessages;

  constructor(
    readonly pool: pg.Pool,
    readonly dataSource: DataSource,
    readonly log: PostgresLog,
    readonly leases: Leases,
    readonly listener: LogListener,
  ) {
    this.output = new PostgresOutput(pool);
    this.messages = new PostgresMessages(pool);
  }

  async close(): Promise<void> {
    await this.listener.close();
    await this.dataSource.destroy();
    await this.pool.end();
  }
}

/** Everything open, or nothing: a role that could change the log is refused first. */
export async function openStores(
  url: string,
  known: KnownEvents,
  newUuid: UuidSource,
): Promise<Stores> {
  const pool = openPool({
    url,
    applicationName: 'bulkhead-worker',
    connectionsMax: LOG_CONNECTIONS_MAX,
  });
  await assertSafeRole(pool);
  const dataSource = await openReadModels({
    url,
    applicationName: 'bulkhead-worker-read-models',
    connectionsMax: READ_MODEL_CONNECTIONS_MAX,
  });
  const owner = newUuid();
  const log = new PostgresLog({
    pool,
    newEventId: newUuid,
    keptStates: KEPT_STATES,
    knownEvents: known,
  });
  const listener = new LogListener(url);
  return new Stores(pool, dataSource, log, new Leases({ pool, owner }), listener);
}
