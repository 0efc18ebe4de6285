import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { openPool } from '../pool.js';
import { appendGroup } from './append.js';
import { type EncodedAppend, encodeAppend } from './encode-append.js';
import { PostgresLog } from './postgres-log.js';
import { append, TENANT_A, write } from './samples.contract.js';

const UNTRANSLATABLE = '22P05';
const KEY = { scope: TENANT_A, route: 'POST /v1/workloads', key: 'key-1' } as const;

let database: FreshDatabase;
let api: pg.Pool;
let log: PostgresLog;

beforeAll(async () => {
  database = await freshDatabase();
  api = openPool({ url: database.apiUrl, applicationName: 'escapes', connectionsMax: 1 });
  log = new PostgresLog({ pool: api, newEventId: uuid });
});

afterAll(async () => {
  await api.end();
  await database.drop();
});

const honest = encodeAppend({
  ...append(write('wl_1', 0), write('host_1', 0, ['platform'], null)),
  contents: [{ tenant: TENANT_A, stream: 'wl_1', part: 0, saltHex: '00'.repeat(32), body: {} }],
  idempotentAnswer: { ...KEY, requestSha256: 'ab'.repeat(32), status: 202, body: {} },
});

/** Where a caller that holds the api's connection could put JSON past every check of the process. */
const places: readonly [string, (json: string) => Partial<EncodedAppend>][] = [
  ['a payload', (json) => ({ payloads: ['{}', json] })],
  ['metadata', (metadata) => ({ metadata })],
  ['content', (json) => ({ contents: [json] })],
  ['an answer', (answer) => ({ answer })],
];
const escapes = ['\\u0000', '\\ud800', '\\uDFFF', 'x\\\\\\u0000'];

describe('JSON with escapes of which Postgres can make no text, forged with the api’s rights', () => {
  const cases = places.flatMap(([place, put]) =>
    escapes.map((written) => [written, place, put] as const),
  );
  it.each(cases)('is refused: %s in %s', async (written, _place, put) => {
    const forged = { ...honest, ...put(`{"reason":"${written}"}`) };
    await expect(appendGroup(api, [forged], uuid)).rejects.toMatchObject({ code: UNTRANSLATABLE });
    expect(await log.lastPosition()).toBe(0);
  });
});

it('escapes that are only text, and those of control characters, are kept as they came', async () => {
  const reason = 'written \\u0000, \\\\ud800 and \u0001 \u001f';
  const event = { type: 'WorkloadCancelRequested', schemaVersion: 1, occurredAtMs: 0 } as const;
  const events = [{ ...event, payload: { reason } }];
  await log.append({ ...append(write('wl_1', 0)), streams: [{ ...write('wl_1', 0), events }] });
  const [recorded] = await log.readStream(TENANT_A, 'wl_1');
  expect(recorded?.event.payload).toEqual({ reason });
});
