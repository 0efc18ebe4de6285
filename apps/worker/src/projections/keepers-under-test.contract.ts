import { randomUUID } from 'node:crypto';
import {
  type Generation,
  Leases,
  LogListener,
  openPool,
  openReadModels,
  PostgresLog,
  readGenerations,
} from '@bulkhead/event-store';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { v7 } from 'uuid';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { keepRunning } from '../keep-running.js';
import type { Timers } from '../timers.js';
import type { ConsumerSurroundings, KeptProjection } from './consumer-surroundings.js';
import { ProjectionKeeper } from './projection-keeper.js';

const QUIET = { info: () => {}, warn: () => {}, error: () => {} };
/** A second of a keeper's pauses, so that tests are not made of waiting. */
const SECOND_MS = 50;
const timers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, (delayMs / 1_000) * SECOND_MS);
    return () => clearTimeout(timer);
  },
};

interface RunningKeeper {
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

/** Keepers as worker processes run them, over one database of a test's own. */
export class KeepersUnderTest {
  private running: RunningKeeper[] = [];

  private constructor(
    readonly database: FreshDatabase,
    readonly pool: pg.Pool,
    readonly dataSource: DataSource,
    readonly listener: LogListener,
    readonly log: PostgresLog,
  ) {}

  static async open(): Promise<KeepersUnderTest> {
    const database = await freshDatabase();
    const { workerUrl: url } = database;
    const pool = openPool({ url, applicationName: 'keepers' });
    const dataSource = await openReadModels({ url, applicationName: 'keepers-read-models' });
    const listener = new LogListener(url);
    listener.start();
    const log = new PostgresLog({ pool, newEventId: v7 });
    return new KeepersUnderTest(database, pool, dataSource, listener, log);
  }

  async close(): Promise<void> {
    await this.stopAll();
    await this.listener.close();
    await this.dataSource.destroy();
    await this.pool.end();
    await this.database.drop();
  }

  /** Begins what one process does; the answer ends it as a signal to drain does. */
  start(batchLimit: number, projections?: readonly KeptProjection[]): () => Promise<void> {
    const { log, dataSource, listener, pool } = this;
    const leases = new Leases({ pool, owner: randomUUID() });
    const around: ConsumerSurroundings = {
      log,
      dataSource,
      listener,
      leases,
      logger: QUIET,
      batchLimit,
    };
    const stop = new AbortController();
    const keeper = new ProjectionKeeper(around, timers, projections);
    const surroundings = { clock: Date.now, timers, logger: { ...QUIET, debug: () => {} } };
    const done = keepRunning(keeper, surroundings, stop.signal, () => {});
    const one = { stop, done };
    this.running.push(one);
    return async () => {
      stop.abort();
      await one.done;
    };
  }

  async stopAll(): Promise<void> {
    for (const { stop } of this.running) stop.abort();
    await Promise.all(this.running.map(({ done }) => done));
    this.running = [];
  }

  /** Cuts every connection over which read models are written, as a crash of the server's process would. */
  async cutConnections(): Promise<void> {
    await this.pool.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE application_name = 'keepers-read-models' AND datname = current_database()`,
    );
  }

  async generations(projection: string): Promise<readonly Generation[]> {
    return readGenerations(this.uncut, projection);
  }

  /** Of the live generation: everything but its number, as text that is equal for equal rows. */
  async rows(table: string): Promise<readonly string[]> {
    const { rows } = await this.pool.query<{ row: string }>(
      `SELECT (to_jsonb(t) - 'generation')::text AS row FROM read.${table} t
        WHERE generation = (SELECT generation FROM read.generations
                             WHERE projection = '${table}' AND state = 'live') ORDER BY 1`,
    );
    return rows.map(({ row }) => row);
  }

  /** Over connections that no test cuts. */
  private get uncut(): Pick<DataSource, 'query'> {
    return {
      query: async (text: string, values?: unknown[]) => (await this.pool.query(text, values)).rows,
    } as Pick<DataSource, 'query'>;
  }
}
