import type { Leases, LogListener, PostgresLog } from '@bulkhead/event-store';
import type pg from 'pg';
import type { DataSource } from 'typeorm';

/** The worker's connections to Postgres, all as its own role. */
export class Stores {
  constructor(
    readonly pool: pg.Pool,
    readonly dataSource: DataSource,
    readonly log: PostgresLog,
    readonly leases: Leases,
    readonly listener: LogListener,
  ) {}

  async close(): Promise<void> {
    await this.listener.close();
    await this.dataSource.destroy();
    await this.pool.end();
  }
}
