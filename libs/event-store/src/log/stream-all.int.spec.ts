import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { openPool } from '../pool.js';
import { PostgresLog } from './postgres-log.js';

/** More than two statements read, and texts so long that they must wait for a slow reader. */
const EVENTS = 41_000;
const LONG_TEXT = 500;

/** Written past the append function, which only the superuser can: this is about reading. */
const FILL = `
  INSERT INTO log.events
  SELECT nr, gen_random_uuid(), 'wl_' || nr, 1, 'ten_a', 'WorkloadCancelRequested', 1,
         now(), now(), '{"actor":{"id":"x","kind":"system"},"causationPosition":null,"correlationId":"c"}',
         json_build_object('reason', nr || repeat(' é"\\', CASE WHEN nr % 20 = 0 THEN ${LONG_TEXT} ELSE 1 END))
    FROM generate_series(1, ${EVENTS}) AS nr`;

let database: FreshDatabase;
let pool: pg.Pool;
let log: PostgresLog;

beforeAll(async () => {
  database = await freshDatabase();
  const admin = new pg.Client({ connectionString: database.databaseUrl });
  await admin.connect();
  await admin.query(FILL);
  await admin.end();
  pool = openPool({ url: database.workerUrl, applicationName: 'stream-all', connectionsMax: 2 });
  log = new PostgresLog({ pool, newEventId: uuid });
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

describe('the whole log in one go', () => {
  it('has every event once and in order, also where the reader is slower than the server', async () => {
    const wrong: number[] = [];
    let last = 0;
    for await (const { events, throughPosition } of log.streamAll({ afterPosition: 0 })) {
      for (const { position, stream, event } of events) {
        const { reason } = event.payload as { reason: string };
        // So many expectations would take longer than the reading.
        if (position !== last + 1 || stream !== `wl_${position}`) wrong.push(position);
        if (!reason.startsWith(`${position} é"\\`)) wrong.push(position);
        last = position;
      }
      if (throughPosition % 5_000 === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(wrong).toEqual([]);
    expect(last).toBe(EVENTS);
  });

  it('tells of a connection that is cut, and the next reader is not harmed', async () => {
    const admin = new pg.Client({ connectionString: database.databaseUrl });
    await admin.connect();
    const reading = (async () => {
      for await (const { throughPosition } of log.streamAll({ afterPosition: 0 })) {
        if (throughPosition !== 500) continue;
        await admin.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = 'stream-all' AND state = 'active'`,
        );
      }
    })();
    await expect(reading).rejects.toThrow();
    await admin.end();
    let last = 0;
    for await (const batch of log.streamAll({ afterPosition: EVENTS - 10 })) {
      last = batch.throughPosition;
    }
    expect(last).toBe(EVENTS);
  });

  it('reads what a query reads, whatever names and times somebody has put into the log', async () => {
    const admin = new pg.Client({ connectionString: database.databaseUrl });
    await admin.connect();
    await admin.query(
      `INSERT INTO log.events
       SELECT ${EVENTS} + nr, gen_random_uuid(), stream, 1, tenant, 'WorkloadCancelRequested', 1,
              occurred_at::timestamptz, '2100-01-01 00:00:00.001Z', metadata::json, '{"reason":"ü 🚢"}'
         FROM (VALUES
           (1, 'host_1', NULL, '1970-01-01 00:00:00.001Z', '{}'),
           (2, 'wl_é', 'ten_ü', '1999-12-31 23:59:59.999Z', '{"actor":{"id":"ø","kind":"system"}}'),
           (3, repeat('wl_', 100), '', '2000-01-01 00:00:00.000Z', '{ "spaced" : 1 }')
         ) AS odd (nr, stream, tenant, occurred_at, metadata)`,
    );
    await admin.end();
    const afterPosition = EVENTS - 2;
    const streamed = [];
    for await (const { events } of log.streamAll({ afterPosition })) streamed.push(...events);
    expect(streamed).toHaveLength(5);
    expect(streamed).toEqual(await log.readAll({ afterPosition, limit: 10 }));
  });
});
