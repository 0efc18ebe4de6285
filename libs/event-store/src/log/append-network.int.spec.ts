import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { TcpProxy } from '../../../../test/postgres/tcp-proxy.js';
import { ANSWER_MARGIN_MS, openPool } from '../pool.js';
import { AlreadyAnswered, AppendOutcomeUnknown, type IdempotentAnswer } from './event-log.js';
import { PostgresLog } from './postgres-log.js';
import { append, reasonsIn, TENANT_A, write } from './samples.contract.js';

const STATEMENT_TIMEOUT_MS = 500;
const ANSWER: IdempotentAnswer = {
  scope: TENANT_A,
  route: 'POST /v1/workloads',
  key: 'key-1',
  requestSha256: 'ab'.repeat(32),
  status: 202,
  body: { id: 'wl_1' },
};

let database: FreshDatabase;
let proxy: TcpProxy;
let log: PostgresLog;
/** Not through the network that breaks. */
let direct: PostgresLog;
const pools: pg.Pool[] = [];

beforeAll(async () => {
  database = await freshDatabase();
  const network = await TcpProxy.to(new URL(database.workerUrl));
  proxy = network.proxy;
  const statementTimeoutMs = STATEMENT_TIMEOUT_MS;
  const options = { applicationName: 'network', connectionsMax: 2, statementTimeoutMs };
  const far = openPool({ ...options, url: network.url });
  const near = openPool({ ...options, url: database.workerUrl });
  pools.push(far, near);
  log = new PostgresLog({ pool: far, newEventId: uuid });
  direct = new PostgresLog({ pool: near, newEventId: uuid });
});

beforeEach(() => emptyDatabase(database.databaseUrl));

afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await proxy.close();
  await database.drop();
});

const wanted = { ...append(write('wl_1', 0)), idempotentAnswer: ANSWER };
const isRecorded = async () => (await reasonsIn(direct, 'wl_1')).length === 1;

describe('a network that breaks between the append and its answer', () => {
  it('leaves the outcome unknown although it was recorded, and its key tells a repetition so', async () => {
    // Makes a connection and leaves nothing under way, so that the append is sent at once.
    await log.head();
    proxy.swallowsAnswers = true;
    const outcome = log.append(wanted).catch((error: unknown) => error);
    await expect.poll(isRecorded).toBe(true);
    proxy.cut();
    expect(await outcome).toBeInstanceOf(AppendOutcomeUnknown);
    proxy.swallowsAnswers = false;
    const again = log.append(wanted);
    await expect(again).rejects.toBeInstanceOf(AlreadyAnswered);
    await expect(again).rejects.toMatchObject({ earlier: { body: ANSWER.body } });
    expect(await direct.head()).toBe(1);
  });

  it('is noticed within a bound when it says nothing at all, and the next append finds another way', async () => {
    await log.head();
    proxy.swallowsAnswers = true;
    const startedAt = performance.now();
    await expect(log.append(wanted)).rejects.toBeInstanceOf(AppendOutcomeUnknown);
    const tookMs = performance.now() - startedAt;
    expect(tookMs).toBeGreaterThanOrEqual(STATEMENT_TIMEOUT_MS + ANSWER_MARGIN_MS - 50);
    proxy.swallowsAnswers = false;
    expect(await isRecorded()).toBe(true);
    await log.append(append(write('wl_2', 0)));
    expect(await direct.head()).toBe(2);
  });
});
