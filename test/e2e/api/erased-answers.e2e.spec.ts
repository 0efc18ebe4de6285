import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest, submission } from './api-under-test.js';

const SECRET = 'hunter2-of-the-harbour';
let api: ApiUnderTest;
let admin: pg.Client;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  tenant = await api.tenant(await api.platformToken('operator'));
  admin = new pg.Client({ connectionString: api.database.databaseUrl });
  await admin.connect();
});
afterAll(async () => {
  await admin.end();
  await api.stop();
});

const secretive = { ...submission(), args: [SECRET], env: { PASSWORD: SECRET } };
const batch = { name: SECRET, taskDefaults: secretive, count: 2 };
const schedule = { name: SECRET, cron: '0 3 * * *', batch };
const cases: readonly [string, object][] = [
  ['/v1/workloads', { ...secretive, labels: { owner: SECRET } }],
  ['/v1/batches', batch],
  ['/v1/schedules', schedule],
];

describe('an answer that is kept for repetitions', () => {
  it('holds nothing of what a tenant wrote, and is given again with all of it', async () => {
    for (const [path, body] of cases) {
      const first = await api.post(path, tenant.token, body, `kept ${path}`);
      const again = await api.post(path, tenant.token, body, `kept ${path}`);
      expect(again.headers.get('idempotency-replayed'), path).toBe('true');
      expect(again.body, path).toEqual(first.body);
    }
    const { rows } = await admin.query<{ row: string }>(
      'SELECT a::text AS row FROM log.idempotent_answers a',
    );
    expect(rows.length).toBeGreaterThanOrEqual(cases.length);
    expect(rows.filter(({ row }) => row.includes(SECRET))).toEqual([]);
  });

  it('is given again without what was erased since', async () => {
    const changed = { name: 'another', batch: { ...batch, count: 3 } };
    const { body: made } = await api.post('/v1/schedules', tenant.token, schedule, 'kept 2');
    const change = { token: tenant.token, body: changed };
    const { status } = await api.call('PATCH', `/v1/schedules/${made.id}`, change);
    expect(status).toBe(200);
    const before = await api.post('/v1/schedules', tenant.token, schedule, 'kept 2');
    expect(before.body).toEqual(made);

    await admin.query('DELETE FROM log.contents WHERE tenant = $1', [tenant.id]);

    for (const [path, body] of cases) {
      const again = await api.post(path, tenant.token, body, `kept ${path}`);
      expect(again.headers.get('idempotency-replayed'), path).toBe('true');
      expect(JSON.stringify(again.body), path).not.toContain(SECRET);
    }
  });
});
