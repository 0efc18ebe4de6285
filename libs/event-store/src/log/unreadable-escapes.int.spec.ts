import type { RecordedEvent } from '@bulkhead/domain';
import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { openPool } from '../pool.js';
import { readRawEntries } from '../tree/read-raw-entries.js';
import { appendGroup } from './append.js';
import { encodeAppend } from './encode-append.js';
import { PostgresLog } from './postgres-log.js';
import { readAudit } from './read-audit.js';
import { readStateAt } from './read-state-at.js';
import { append, TENANT_A, write } from './samples.contract.js';

const UNTRANSLATABLE = '22P05';
/** Postgres takes both escapes into a `json` column, and fails whenever it has to turn them into text. */
const UNREADABLE = '{"reason":"\\u0000 \\ud800"}';
const VALUE = { reason: '\u0000 \ud800' };
const KEY = { scope: TENANT_A, route: 'POST /v1/workloads', key: 'key-1' } as const;

let database: FreshDatabase;
let api: pg.Pool;
let worker: pg.Pool;
let audit: pg.Pool;
let log: PostgresLog;

const honest = encodeAppend({
  ...append(write('wl_1', 0), write('host_1', 0, ['platform'], null)),
  contents: [{ tenant: TENANT_A, stream: 'wl_1', part: 0, saltHex: '00'.repeat(32), body: {} }],
  idempotentAnswer: { ...KEY, requestSha256: 'ab'.repeat(32), status: 202, body: {} },
});

beforeAll(async () => {
  database = await freshDatabase();
  api = openPool({ url: database.apiUrl, applicationName: 'escapes', connectionsMax: 1 });
  worker = openPool({ url: database.workerUrl, applicationName: 'escapes', connectionsMax: 2 });
  audit = openPool({ url: database.auditUrl, applicationName: 'escapes', connectionsMax: 1 });
  log = new PostgresLog({ pool: worker, newEventId: uuid });
  // Past every check of the process: what a caller could send that holds the api's connection.
  const forged = {
    ...honest,
    payloads: [UNREADABLE, UNREADABLE],
    contents: [UNREADABLE],
    answer: UNREADABLE,
  };
  await appendGroup(api, [forged], uuid);
  await log.append(append(write('wl_2', 0, ['afterwards'])));
});

afterAll(async () => {
  await Promise.all([api.end(), worker.end(), audit.end()]);
  await database.drop();
});

const payloads = (events: readonly RecordedEvent[]) => events.map(({ event }) => event.payload);
const all = { afterPosition: 0, limit: 100 };
const AFTERWARDS = { reason: 'afterwards' };

describe('JSON with escapes that Postgres cannot read, forged with the api’s rights', () => {
  it('is such that Postgres itself fails on it', async () => {
    const look = worker.query(`SELECT payload ->> 'reason' FROM log.events WHERE stream = 'wl_2'`);
    await expect(look).resolves.toBeDefined();
    const asText = `SELECT payload ->> 'reason' FROM log.events WHERE stream = 'host_1'`;
    await expect(worker.query(asText)).rejects.toMatchObject({ code: UNTRANSLATABLE });
  });

  it('holds up nobody who reads the log, because readers take the text out as it is', async () => {
    expect(payloads(await log.readAll(all))).toEqual([VALUE, VALUE, AFTERWARDS]);
    const streamed = [];
    for await (const { events } of log.streamAll({ afterPosition: 0 })) streamed.push(...events);
    expect(payloads(streamed)).toEqual([VALUE, VALUE, AFTERWARDS]);
    expect(payloads(await log.readPlatform(all))).toEqual([VALUE]);
    expect(payloads(await log.readStream(TENANT_A, 'wl_1'))).toEqual([VALUE]);
    expect(payloads(await readAudit(audit, { limit: 100 }))).toEqual([VALUE, VALUE, AFTERWARDS]);
    const count = { initialState: 0, evolve: (seen: number) => seen + 1 };
    const { last } = await readStateAt(audit, 'wl_1', count, { position: 3 });
    expect(last?.event.payload).toEqual(VALUE);
  });

  it('is read as content and as an answer', async () => {
    expect(await log.readContent(TENANT_A, 'wl_1')).toEqual(VALUE);
    const asApi = new PostgresLog({ pool: api, newEventId: uuid });
    const answer = await asApi.findAnswer(KEY.scope, KEY.route, KEY.key);
    expect(answer?.body).toEqual(VALUE);
  });

  it('reaches whoever hashes the log in the bytes that were stored', async () => {
    const entries = await readRawEntries(audit, all);
    expect(entries.map(({ payload }) => payload)).toEqual([
      UNREADABLE,
      UNREADABLE,
      '{"reason":"afterwards"}',
    ]);
  });

  it('is refused in metadata, in which the log itself looks for the actor', async () => {
    const forged = { ...encodeAppend(append(write('wl_3', 0))), metadata: UNREADABLE };
    await expect(appendGroup(api, [forged], uuid)).rejects.toMatchObject({ code: UNTRANSLATABLE });
    expect(await log.lastPosition()).toBe(3);
  });
});
