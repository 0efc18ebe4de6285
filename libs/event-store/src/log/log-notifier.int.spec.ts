import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { openPool } from '../pool.js';
import { LOG_CHANNEL, TURN_RETURNS_AFTER_MS, TURNS_MAX } from './log-notifier.js';
import { PostgresLog } from './postgres-log.js';
import { append, write } from './samples.contract.js';

/** More than may wake consumers each, one after the other. */
const APPENDS = 100;

let database: FreshDatabase;
let pool: pg.Pool;
let listener: pg.Client;
/** How long the log was, as somebody who was woken saw it. */
let seen: Promise<number>[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  pool = openPool({ url: database.apiUrl, applicationName: 'notifier', connectionsMax: 3 });
  listener = new pg.Client({ connectionString: database.workerUrl });
  await listener.connect();
  await listener.query(`LISTEN ${LOG_CHANNEL}`);
  const reader = new PostgresLog({ pool, newEventId: uuid });
  listener.on('notification', () => seen.push(reader.lastPosition()));
});

beforeEach(async () => {
  await emptyDatabase(database.databaseUrl);
  seen = [];
});

afterAll(async () => {
  await listener.end();
  await Promise.all(seen);
  await pool.end();
  await database.drop();
});

const newLog = () => new PostgresLog({ pool, newEventId: uuid });
const wokenAfter = (position: number) =>
  expect.poll(async () => Math.max(0, ...(await Promise.all(seen)))).toBe(position);

describe('those who listen for growth of the log', () => {
  it('hear of each append of a few, and see what it has recorded', async () => {
    const log = newLog();
    for (let nr = 1; nr <= 5; nr += 1) {
      await log.append(append(write(`wl_${nr}`, 0)));
      await wokenAfter(nr);
    }
    expect(seen).toHaveLength(5);
  });

  it('hear of many in a row less often, and of the last one without another append', async () => {
    const log = newLog();
    const startedAt = performance.now();
    for (let nr = 1; nr <= APPENDS; nr += 1) await log.append(append(write(`wl_${nr}`, 0)));
    await wokenAfter(APPENDS);
    // However fast or slow the machine is: the turns there were, and those that have come back meanwhile.
    const cameBack = Math.ceil((performance.now() - startedAt) / TURN_RETURNS_AFTER_MS);
    expect(seen.length).toBeLessThanOrEqual(Math.min(TURNS_MAX + cameBack, APPENDS));
  });

  it('hear of what was recorded beside appends that were refused', async () => {
    const log = newLog();
    const all = Array.from({ length: APPENDS }, (_, nr) => {
      const conflicting = nr % 2 === 1;
      return log.append(append(write(conflicting ? 'wl_0' : `wl_${nr}`, 0))).catch(() => {});
    });
    await Promise.all(all);
    await wokenAfter(APPENDS / 2);
  });
});
