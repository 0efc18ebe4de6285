import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { openPool } from '../pool.js';
import { answerDigest } from './answer-digest.js';
import type { IdempotentAnswer } from './event-log.js';
import { PostgresLog } from './postgres-log.js';
import { append, TENANT_A, write } from './samples.contract.js';
import { sweepAnswers } from './sweep-answers.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const ROUTE = 'POST /v1/workloads';
let database: FreshDatabase;
let admin: pg.Pool;
let api: pg.Pool;
let worker: pg.Pool;
let log: PostgresLog;

beforeAll(async () => {
  database = await freshDatabase();
  const open = (url: string) => openPool({ url, applicationName: 'sweep', connectionsMax: 4 });
  [admin, api, worker] = [
    open(database.databaseUrl),
    open(database.apiUrl),
    open(database.workerUrl),
  ];
  log = new PostgresLog({ pool: api, newEventId: uuid });
});
beforeEach(() => emptyDatabase(database.databaseUrl));
afterAll(async () => {
  await Promise.all([admin.end(), api.end(), worker.end()]);
  await database.drop();
});

const answer = (key: string): IdempotentAnswer => ({
  scope: TENANT_A,
  route: ROUTE,
  key,
  requestSha256: 'ab'.repeat(32),
  status: 202,
  body: { key },
});

/** Records a request under a key, answered that long ago. */
async function answered(key: string, ageMs: number): Promise<void> {
  await log.append({ ...append(write(`wl_${uuid()}`, 0)), idempotentAnswer: answer(key) });
  await admin.query(
    `UPDATE log.idempotent_answers SET answered_at = now() - $1 * interval '1 millisecond'
      WHERE digest = $2`,
    [ageMs, answerDigest(TENANT_A, ROUTE, key)],
  );
}

async function keys(): Promise<string[]> {
  const { rows } = await admin.query('SELECT body FROM log.idempotent_answers ORDER BY body');
  return rows.map(({ body }) => JSON.parse(body).key);
}

describe('sweeping stored answers', () => {
  it('forgets those older than a day and no other', async () => {
    await answered('old', DAY_MS + 1_000);
    await answered('ancient', 10 * DAY_MS);
    await answered('young', DAY_MS - 60_000);
    expect(await sweepAnswers(worker, 100)).toBe(2);
    expect(await keys()).toEqual(['young']);
    expect((await log.findAnswer(TENANT_A, ROUTE, 'young'))?.body).toEqual({ key: 'young' });
    expect(await sweepAnswers(worker, 100)).toBe(0);
  });

  it('takes no more at once than it is asked for, the oldest first', async () => {
    for (let nr = 1; nr <= 5; nr += 1) await answered(`key ${nr}`, nr * 2 * DAY_MS);
    expect(await sweepAnswers(worker, 3)).toBe(3);
    expect(await keys()).toEqual(['key 1', 'key 2']);
    expect(await sweepAnswers(worker, -1)).toBe(0);
    expect(await keys()).toHaveLength(2);
  });

  it('neither waits for an append that uses an old key again nor takes its new answer', async () => {
    await answered('again', 2 * DAY_MS);
    const client = await api.connect();
    try {
      await client.query('BEGIN');
      const inTransaction = { connect: async () => client } as unknown as pg.Pool;
      const release = client.release.bind(client);
      client.release = () => {};
      const using = new PostgresLog({ pool: inTransaction, newEventId: uuid });
      await using.append({ ...append(write('wl_again', 0)), idempotentAnswer: answer('again') });
      client.release = release;
      expect(await sweepAnswers(worker, 100)).toBe(0);
      await client.query('COMMIT');
    } finally {
      client.release();
    }
    expect(await sweepAnswers(worker, 100)).toBe(0);
    expect(await keys()).toEqual(['again']);
  });

  it('is the worker’s alone, and the only way to delete any', async () => {
    const audit = openPool({ url: database.auditUrl, applicationName: 'sweep' });
    for (const pool of [api, audit]) {
      await expect(sweepAnswers(pool, 1)).rejects.toMatchObject({ code: '42501' });
    }
    await audit.end();
    const deletion = worker.query('DELETE FROM log.idempotent_answers');
    await expect(deletion).rejects.toMatchObject({ code: '42501' });
  });
});
