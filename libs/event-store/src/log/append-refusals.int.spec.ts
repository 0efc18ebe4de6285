import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { openPool } from '../pool.js';
import { appendGroup } from './append.js';
import { type EncodedAppend, encodeAppend } from './encode-append.js';
import type { Append, ContentRow, IdempotentAnswer, Owner, StreamAppend } from './event-log.js';
import { append, TENANT_A, TENANT_B, write } from './samples.contract.js';

const CHECK_VIOLATION = '23514';
const CONTENT: ContentRow = {
  tenant: TENANT_A,
  stream: 'wl_1',
  part: 0,
  saltHex: '00'.repeat(32),
  body: { command: ['run'] },
};
const ANSWER: IdempotentAnswer = {
  scope: TENANT_A,
  route: 'POST /v1/workloads',
  key: 'key-1',
  requestSha256: 'ab'.repeat(32),
  status: 202,
  body: { id: 'wl_1' },
};

let database: FreshDatabase;
let api: pg.Pool;
/** Sees all rows, whoever owns them. */
let admin: pg.Pool;

beforeAll(async () => {
  database = await freshDatabase();
  api = openPool({ url: database.apiUrl, applicationName: 'refusals', connectionsMax: 2 });
  admin = openPool({ url: database.databaseUrl, applicationName: 'refusals', connectionsMax: 2 });
});

beforeEach(() => emptyDatabase(database.databaseUrl));

afterAll(async () => {
  await Promise.all([api.end(), admin.end()]);
  await database.drop();
});

const honest = encodeAppend({
  ...append(write('wl_1', 0)),
  contents: [CONTENT],
  idempotentAnswer: ANSWER,
});

/** Past every check of the process: what a caller could send that holds the api's connection. */
function forged(changed: Partial<Append>, contentSlots = honest.contentSlots): EncodedAppend {
  const append = { ...honest.append, ...changed };
  const payloads = append.streams.flatMap(({ events }) => events.map(() => '{}'));
  return { ...honest, append, payloads, contentSlots };
}

function named(stream: StreamAppend['stream'], owner: Owner): StreamAppend {
  return { owner, stream, expectedVersion: 0, events: [] };
}

async function rowsRecorded(): Promise<unknown> {
  const { rows } = await admin.query(
    `SELECT (SELECT count(*)::int FROM log.events) AS events,
            (SELECT count(*)::int FROM log.contents) AS contents,
            (SELECT count(*)::int FROM log.idempotent_answers) AS answers`,
  );
  return rows[0];
}

describe('log.append, called with the api’s rights', () => {
  it('records an honest append with its content and its answer', async () => {
    await appendGroup(api, [honest], uuid);
    expect(await rowsRecorded()).toEqual({ events: 1, contents: 1, answers: 1 });
    const { rows } = await admin.query('SELECT tenant, stream FROM log.contents');
    expect(rows).toEqual([{ tenant: TENANT_A, stream: 'wl_1' }]);
  });

  it('gives each content of a group to the stream that it was written with', async () => {
    const body = { command: ['other'] };
    const other: ContentRow = { ...CONTENT, tenant: TENANT_B, stream: 'wl_3', body };
    const second = encodeAppend({
      ...append(write('host_1', 0, ['platform'], null), write('wl_3', 0, ['b'], TENANT_B)),
      contents: [{ ...other, part: 4 }, other],
    });
    await appendGroup(api, [encodeAppend(append(write('wl_0', 0))), honest, second], uuid);
    const { rows } = await admin.query(
      'SELECT tenant, stream, part FROM log.contents ORDER BY 2, 3',
    );
    expect(rows).toEqual([
      { tenant: TENANT_A, stream: 'wl_1', part: 0 },
      { tenant: TENANT_B, stream: 'wl_3', part: 0 },
      { tenant: TENANT_B, stream: 'wl_3', part: 4 },
    ]);
  });

  const mine = write('wl_1', 0);
  it.each<[string, EncodedAppend, RegExp]>([
    ['content of a stream that is not written', forged({}, [3]), /not written/],
    ['content of no stream at all', forged({}, [0]), /not written/],
    [
      'content of a platform stream',
      forged({ streams: [write('host_1', 0, ['x'], null), mine] }, [1]),
      /no tenant owns/,
    ],
    [
      'content of another tenant’s stream that is named but gets no event',
      forged({ streams: [mine, named('wl_b', TENANT_B)] }, [2]),
      /gets no events/,
    ],
    [
      'an answer under another tenant’s id',
      forged({ idempotentAnswer: { ...ANSWER, scope: TENANT_B } }),
      /none of whose streams is written/,
    ],
    [
      'an answer under the id of a tenant whose stream gets no event',
      forged({
        streams: [mine, named('wl_b', TENANT_B)],
        idempotentAnswer: { ...ANSWER, scope: TENANT_B },
      }),
      /gets no events/,
    ],
  ])('refuses %s and records nothing', async (_, bad, message) => {
    // The group's other member is not to blame, but a forged group is refused as a whole.
    const group = [bad, encodeAppend(append(write('wl_b2', 0, ['b'], TENANT_B)))];
    const refused = expect(appendGroup(api, group, uuid)).rejects;
    await refused.toMatchObject({ code: CHECK_VIOLATION, message: expect.stringMatching(message) });
    expect(await rowsRecorded()).toEqual({ events: 0, contents: 0, answers: 0 });
  });

  it('keeps no content for a stream that turns out to be another tenant’s', async () => {
    const theirs = encodeAppend(append(write('wl_b', 0, ['b'], TENANT_B)));
    await appendGroup(api, [theirs], uuid);
    const outcomes = await appendGroup(api, [forged({ streams: [write('wl_b', 1)] })], uuid);
    expect(outcomes).toEqual([expect.objectContaining({ name: 'ForeignStream' })]);
    expect(await rowsRecorded()).toEqual({ events: 1, contents: 0, answers: 0 });
  });
});
