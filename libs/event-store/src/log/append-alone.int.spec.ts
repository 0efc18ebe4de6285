import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { openPool } from '../pool.js';
import { appendGroup } from './append.js';
import { encodeAppend } from './encode-append.js';
import type { Append, IdempotentAnswer } from './event-log.js';
import { append, TENANT_A, TENANT_B, write } from './samples.contract.js';

let database: FreshDatabase;
let api: pg.Pool;
let admin: pg.Pool;

beforeAll(async () => {
  database = await freshDatabase();
  api = openPool({ url: database.apiUrl, applicationName: 'alone', connectionsMax: 1 });
  admin = openPool({ url: database.databaseUrl, applicationName: 'alone', connectionsMax: 1 });
});
beforeEach(async () => {
  await emptyDatabase(database.databaseUrl);
  await send(append(write('wl_1', 0)));
});
afterAll(async () => {
  await Promise.all([api.end(), admin.end()]);
  await database.drop();
});

/** What Postgres was asked to do, by the names of the statements. */
async function statementsOf(act: () => Promise<unknown>): Promise<readonly string[]> {
  const seen: string[] = [];
  const client = await api.connect();
  const query = client.query;
  const noting = (config: { name: string }) => {
    seen.push(config.name);
    return Reflect.apply(query, client, [config]);
  };
  client.query = noting as unknown as typeof query;
  client.release();
  try {
    await act();
  } finally {
    client.query = query;
  }
  return seen;
}

const send = async (one: Append) => (await appendGroup(api, [encodeAppend(one)], uuid))[0];

const ANSWER: IdempotentAnswer = {
  scope: TENANT_A,
  route: 'POST /v1/workloads',
  key: 'key',
  requestSha256: 'ab'.repeat(32),
  status: 202,
  body: { id: 'wl_2' },
};
const answered = (stream: Append['streams'][number], answer = ANSWER): Append => ({
  ...append(stream),
  idempotentAnswer: answer,
});

/** Everything but the times of the first event and its answer. */
async function recorded(): Promise<unknown> {
  const { rows } = await admin.query(
    `SELECT (SELECT json_agg(position || ' ' || stream || ' ' || version ORDER BY position) FROM log.events) AS events,
            (SELECT json_agg(body ORDER BY body) FROM log.idempotent_answers) AS answers`,
  );
  return rows[0];
}

describe('an event that is appended alone', () => {
  it('takes the next position and version, and its answer with it, in one statement', async () => {
    const before = Date.now();
    let outcome: unknown;
    const statements = await statementsOf(async () => {
      outcome = await send(answered(write('wl_2', 0)));
      await send(append(write('wl_2', 1)));
    });
    expect(statements).toEqual(['log-append-alone', 'log-append-alone']);
    const recordedAtMs = (outcome as { recordedAtMs: number }).recordedAtMs;
    expect(outcome).toEqual({ firstPosition: 2, lastPosition: 2, recordedAtMs });
    expect(recordedAtMs).toBeGreaterThanOrEqual(before);
    expect(recordedAtMs).toBeLessThanOrEqual(Date.now());
    const { rows } = await admin.query(
      `SELECT (extract(epoch FROM recorded_at) * 1000)::bigint::text AS ms FROM log.events WHERE position = 2
       UNION SELECT (extract(epoch FROM answered_at) * 1000)::bigint::text FROM log.idempotent_answers`,
    );
    expect(rows).toEqual([{ ms: String(recordedAtMs) }]);
    expect(await recorded()).toEqual({
      events: ['1 wl_1 1', '2 wl_2 1', '3 wl_2 2'],
      answers: ['{"id":"wl_2"}'],
    });
  });

  it.each<[string, Append, object]>([
    [
      'whose stream exists',
      append(write('wl_1', 0)),
      { name: 'VersionConflict', actualVersion: 1 },
    ],
    ['whose stream is behind', append(write('wl_1', 3)), { name: 'VersionConflict' }],
    ['whose stream is not there', append(write('wl_9', 1)), { name: 'VersionConflict' }],
    [
      'whose stream is another tenant’s',
      append(write('wl_1', 1, ['b'], TENANT_B)),
      { name: 'ForeignStream' },
    ],
  ])('is dropped with its answer, %s, and told why', async (_, bad, reason) => {
    const scope = bad.streams[0]?.owner ?? '';
    const outcome = await send({ ...bad, idempotentAnswer: { ...ANSWER, scope } });
    expect(outcome).toMatchObject(reason);
    expect(await recorded()).toEqual({ events: ['1 wl_1 1'], answers: null });
  });

  it('is dropped where its key was used, with the first answer, and again records under it a day later', async () => {
    await send(answered(write('wl_2', 0)));
    const again = { ...ANSWER, body: { id: 'wl_3' }, requestSha256: 'cd'.repeat(32) };
    const outcome = await send(answered(write('wl_3', 0), again));
    expect(outcome).toMatchObject({ name: 'AlreadyAnswered', earlier: ANSWER });
    const others = [{ route: 'POST /v1/batches' }, { scope: 'operator' }, { key: 'key2' }];
    for (const [nr, other] of others.entries()) {
      const sent = await send(answered(write(`wl_${nr + 4}`, 0), { ...again, ...other }));
      expect(sent).toMatchObject({ firstPosition: nr + 3 });
    }
    await admin.query(
      `UPDATE log.idempotent_answers SET answered_at = now() - interval '25 hours'`,
    );
    expect(await send(answered(write('wl_3', 0), again))).toMatchObject({ firstPosition: 6 });
  });

  it('can be the first of a log', async () => {
    await emptyDatabase(database.databaseUrl);
    const first = append(write('host_1', 0, ['a'], null));
    const statements = await statementsOf(async () => {
      expect(await send(first)).toMatchObject({ firstPosition: 1 });
    });
    expect(statements).toEqual(['log-append-alone']);
  });

  it('is flushed before it is answered, though its session asked for answers that a crash may undo', async () => {
    await api.query('SET synchronous_commit TO off');
    const client = await api.connect();
    const { release } = client;
    client.release = () => {};
    try {
      await client.query('BEGIN');
      const within = { connect: async () => client } as unknown as pg.Pool;
      await appendGroup(within, [encodeAppend(append(write('wl_2', 0)))], uuid);
      const { rows } = await client.query('SHOW synchronous_commit');
      expect(rows).toEqual([{ synchronous_commit: 'on' }]);
    } finally {
      await client.query('ROLLBACK; RESET synchronous_commit');
      client.release = release;
      client.release();
    }
  });
});

/** Names of `log.append_alone`'s parameters that a forged call may change, with honest values. */
const HONEST = {
  s_stream: 'wl_2',
  s_owner: TENANT_A,
  s_expected: 0,
  e_id: '0198c0de-0000-7000-8000-00000000000a',
  e_type: 'WorkloadCancelRequested',
  e_schema_version: 1,
  e_occurred_ms: 1_000,
  e_metadata: '{}',
  e_payload: '{}',
  k_digest: '0198c0de00007000800000000000000b',
  k_scope: TENANT_A as string,
  k_request_sha256: 'ab',
  k_status: 202,
  k_body: '{}',
  wake: false,
};

describe('log.append_alone, called with the api’s rights', () => {
  it.each<[string, Partial<typeof HONEST>]>([
    ['an answer under another tenant’s id', { k_scope: TENANT_B }],
    ['a time before 1970', { e_occurred_ms: -1 }],
    ['a time that RFC 3339 has no words for', { e_occurred_ms: 253_402_300_800_000 }],
    ['U+0000 in a payload', { e_payload: '{"a":"\\u0000"}' }],
    ['half a surrogate pair in metadata', { e_metadata: '{"a":"\\ud800"}' }],
    ['U+0000 in an answer', { k_body: '"\\u0000"' }],
  ])('leaves %s to those who refuse it in words, and records nothing', async (_, changed) => {
    const call = (forged: object) => {
      const names = Object.keys(HONEST).map((name, nr) => `${name} => $${nr + 1}`);
      return api.query(`SELECT log.append_alone(${names}) AS answer`, Object.values(forged));
    };
    expect((await call({ ...HONEST, ...changed })).rows).toEqual([{ answer: null }]);
    expect(await recorded()).toEqual({ events: ['1 wl_1 1'], answers: null });
    expect((await call(HONEST)).rows).toEqual([{ answer: expect.stringMatching(/^1 \d{13}$/) }]);
  });

  it('records nothing in a transaction that does not see what others have just committed', async () => {
    const client = await api.connect();
    try {
      await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ');
      const parameters = Object.keys(HONEST).map((name, nr) => `${name} => $${nr + 1}`);
      const text = `SELECT log.append_alone(${parameters}) AS answer`;
      const { rows } = await client.query(text, Object.values(HONEST));
      expect(rows).toEqual([{ answer: null }]);
    } finally {
      await client.query('ROLLBACK');
      client.release();
    }
  });

  it('is for nobody who may not append', async () => {
    const audit = new pg.Client({ connectionString: database.auditUrl });
    await audit.connect();
    const nulls = Object.keys(HONEST).map(() => 'NULL');
    await expect(audit.query(`SELECT log.append_alone(${nulls})`)).rejects.toMatchObject({
      code: '42501',
    });
    await audit.end();
  });
});
