import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { openPool } from '../pool.js';
import { jsonTexts } from './parameter-text.js';

const CHECK_VIOLATION = '23514';
const NAMES = [
  's_member',
  's_stream',
  's_owner',
  's_expected',
  's_before',
  'e_slot',
  'e_id',
  'e_type',
  'e_schema_version',
  'e_occurred_ms',
  'e_metadata',
  'e_payload',
] as const;
type Parameters = Readonly<Record<(typeof NAMES)[number], string | null>>;

let database: FreshDatabase;
let api: pg.Pool;
let admin: pg.Pool;

beforeAll(async () => {
  database = await freshDatabase();
  api = openPool({ url: database.apiUrl, applicationName: 'bounds', connectionsMax: 1 });
  admin = openPool({ url: database.databaseUrl, applicationName: 'bounds', connectionsMax: 1 });
});
beforeEach(async () => {
  await emptyDatabase(database.databaseUrl);
  await call(honest());
});
afterAll(async () => {
  await Promise.all([api.end(), admin.end()]);
  await database.drop();
});

/** Two members with a stream each, as an honest process would write them. */
function honest(streams = '{wl_1,wl_2}'): Parameters {
  return {
    s_member: '{1,2}',
    s_stream: streams,
    s_owner: '{ten_a,ten_b}',
    s_expected: '{0,0}',
    s_before: null,
    e_slot: null,
    e_id: `{${uuid()},${uuid()}}`,
    e_type: '{WorkloadCancelRequested,WorkloadCancelRequested}',
    e_schema_version: '{1,1}',
    e_occurred_ms: '{1000,1000}',
    e_metadata: jsonTexts(['{}', '{}']),
    e_payload: jsonTexts(['{}', '{}']),
  };
}

async function call(parameters: Parameters): Promise<unknown> {
  const values = NAMES.map((name) => parameters[name]);
  const named = NAMES.map((name, nr) => `${name} => $${nr + 1}`).join(', ');
  const others = ['g_member', 'g_stream', 'g_version', 'c_slot', 'c_part', 'c_salt_hex', 'c_body'];
  const answers = ['slot', 'digest', 'scope', 'request_sha256', 'status', 'body'];
  const empty = [...others, ...answers.map((name) => `k_${name}`)];
  const nulls = empty.map((name) => `${name} => NULL`).join(', ');
  return api.query(`SELECT * FROM log.append(${named}, ${nulls})`, values);
}

async function recorded(): Promise<unknown> {
  const { rows } = await admin.query(
    'SELECT position::integer, stream, version, tenant FROM log.events ORDER BY position',
  );
  return rows;
}
const BEFORE = [
  { position: 1, stream: 'wl_1', version: 1, tenant: 'ten_a' },
  { position: 2, stream: 'wl_2', version: 1, tenant: 'ten_b' },
];

describe('an append is refused', () => {
  it.each(['s_member', 's_stream', 's_owner', 's_expected', 'e_id'] as const)(
    'where %s is not counted from 1, so that no position, version or owner is another than was checked',
    async (name) => {
      for (const first of [-3, 0, 2, 5]) {
        const forged = honest('{wl_3,wl_4}');
        const bounds = `[${first}:${first + 1}]=`;
        const refused = call({ ...forged, [name]: `${bounds}${forged[name]}` });
        await expect(refused).rejects.toMatchObject({ code: CHECK_VIOLATION });
      }
      expect(await recorded()).toEqual(BEFORE);
    },
  );

  it('where it tells of events before a stream although every stream gets one', async () => {
    const forged = { ...honest('{wl_1,wl_3}'), s_before: '{0,-40}' };
    await expect(call(forged)).rejects.toMatchObject({ code: CHECK_VIOLATION });
    expect(await recorded()).toEqual(BEFORE);
  });

  it("where it would put an event of one tenant into another's stream", async () => {
    const forged = {
      ...honest(),
      s_member: '{1,1}',
      s_stream: '[2:2]={wl_1}',
      s_owner: '{ten_a,ten_b}',
      s_expected: '{1,0}',
      s_before: '{0,-40}',
      e_slot: '{2}',
      e_id: `{${uuid()}}`,
      e_type: '{WorkloadCancelRequested}',
      e_schema_version: '{1}',
      e_occurred_ms: '{1000}',
      e_metadata: '{}',
      e_payload: '{}',
    };
    await expect(call(forged)).rejects.toMatchObject({ code: CHECK_VIOLATION });
    expect(await recorded()).toEqual(BEFORE);
  });

  it.each([
    ['fewer payloads', { e_payload: '{}' }],
    ['more payloads', { e_payload: jsonTexts(['{}', '{}', '{}']) }],
    ['fewer kinds of metadata', { e_metadata: '{}' }],
    ['a payload cut in two', { e_payload: jsonTexts(['{"a":"', '"}', '{}']) }],
  ])('that has %s than events', async (_, changed) => {
    const refused = call({ ...honest('{wl_3,wl_4}'), ...changed });
    await expect(refused).rejects.toMatchObject({ code: expect.stringMatching(/^(22|23)/) });
    expect(await recorded()).toEqual(BEFORE);
  });

  it.each(['-1', '253402300800000', '9000000000000000'])(
    'with a time that no tree could ever take: %s',
    async (time) => {
      const forged = { ...honest('{wl_3,wl_4}'), e_occurred_ms: `{1000,${time}}` };
      await expect(call(forged)).rejects.toMatchObject({ code: CHECK_VIOLATION });
      expect(await recorded()).toEqual(BEFORE);
    },
  );
});

describe('an append', () => {
  it('is flushed before it is answered, though its session asked for answers that a crash may undo', async () => {
    await api.query('SET synchronous_commit TO off');
    await api.query('BEGIN');
    try {
      await call(honest('{wl_3,wl_4}'));
      const { rows } = await api.query('SHOW synchronous_commit');
      expect(rows).toEqual([{ synchronous_commit: 'on' }]);
    } finally {
      await api.query('ROLLBACK');
      await api.query('RESET synchronous_commit');
    }
  });
});
