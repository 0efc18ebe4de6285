import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SCHEDULES_MAX } from '../../../apps/api/src/schedules/create-schedule.handler.js';
import { ApiUnderTest, submission } from './api-under-test.js';

let api: ApiUnderTest;
let operator: string;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
});
afterAll(() => api.stop());
beforeEach(async () => {
  tenant = await api.tenant(operator);
});

const ROUTE = '/v1/schedules';
const schedule = (changes: object = {}) => ({
  name: 'nightly report',
  cron: '30 2 * * *',
  timeZone: 'Europe/Berlin',
  batch: {
    name: 'report',
    taskDefaults: submission({ args: ['--part', '{{index}}'], labels: { team: 'billing' } }),
    count: 3,
  },
  ...changes,
});
const create = (changes: object = {}, key?: string) =>
  api.post(ROUTE, tenant.token, schedule(changes), key);
const get = (path: string) => api.get(`${ROUTE}${path}`, tenant.token);
const withTag = (method: string, path: string, tag: string, body?: object) =>
  api.call(method, `${ROUTE}${path}`, {
    ...{ token: tenant.token, headers: { 'if-match': tag } },
    ...(body === undefined ? {} : { body }),
  });
const pointers = (body: { errors: { pointer: string }[] }) =>
  body.errors.map(({ pointer }) => pointer).sort();

describe('schedules', () => {
  it('are created with their content beside the log, and read as they were sent', async () => {
    const answer = await create();
    expect(answer.status).toBe(201);
    const { id } = answer.body;
    expect(answer.headers.get('location')).toBe(`${ROUTE}/${id}`);
    expect(answer.headers.get('bulkhead-consistency-token')).not.toBeNull();
    expect(answer.body).toMatchObject({
      ...{ name: 'nightly report', status: 'active', cron: '30 2 * * *', lastRun: null },
      ...{ timeZone: 'Europe/Berlin', overlap: 'skip', catchUpLimit: 1, taskCount: 3 },
      batch: { name: 'report', count: 3 },
    });
    expect(answer.body.nextAt).toMatch(/T0[01]:30:00.000Z$/);
    const read = await get(`/${id}`);
    expect(read.body).toEqual(answer.body);
    expect(read.headers.get('etag')).toBe('"1"');
    const [created] = await api.log.readStream(tenant.id, id);
    expect(created?.event.type).toBe('ScheduleCreated');
    for (const secret of ['nightly report', '--part', 'billing']) {
      expect(JSON.stringify(created)).not.toContain(secret);
    }
  });

  it('are refused with everything that is wrong at once', async () => {
    const batch = { name: 'x', taskDefaults: { ...submission(), priority: 500 }, count: 2 };
    const wrong = { cron: '* * * *', timeZone: 'Europe/Atlantis', catchUpLimit: -1, more: 1 };
    const answer = await create(wrong);
    expect([answer.status, pointers(answer.body)]).toEqual([
      400,
      ['/catchUpLimit', '/cron', '/more', '/timeZone'],
    ]);
    const told = (await create({ batch })).body;
    expect(pointers(told)).toEqual(['/batch/taskDefaults/priority']);
    const never = (await create({ cron: '0 0 30 2 *' })).body;
    expect(pointers(never)).toEqual(['/cron']);
    const tooOften = (await create({ cron: '* * * * * *' })).body;
    expect(tooOften.errors[0].detail).toContain('nothing fires more often than once a minute');
    const tasks = Array.from({ length: 501 }, () => ({}));
    const many = await create({ batch: { name: 'x', taskDefaults: submission(), tasks } });
    expect(pointers(many.body)).toEqual(['/batch/tasks']);
  });

  it('are created once under one idempotency key', async () => {
    const [first, again] = [await create({}, 'a-key'), await create({}, 'a-key')];
    expect(again.body).toEqual(first.body);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    const other = await create({ name: 'other' }, 'a-key');
    expect([other.status, other.body.code]).toEqual([422, 'IDEMPOTENCY_KEY_REUSED']);
  });

  it('change only for whoever has seen them as they are', async () => {
    const { id } = (await create()).body;
    const changed = await withTag('PATCH', `/${id}`, '"1"', { cron: '@hourly', name: 'hourly' });
    expect([changed.status, changed.headers.get('etag')]).toEqual([200, '"2"']);
    expect(changed.body).toMatchObject({ cron: '@hourly', name: 'hourly', overlap: 'skip' });
    const stale = await withTag('PATCH', `/${id}`, '"1"', { overlap: 'allow' });
    expect([stale.status, stale.body.code]).toEqual([412, 'PRECONDITION_FAILED']);
    const batch = { name: 'one', taskDefaults: submission(), tasks: [{ args: ['a'] }, {}] };
    const token = tenant.token;
    const whole = await api.call('PATCH', `${ROUTE}/${id}`, { token, body: { batch } });
    expect(whole.body).toMatchObject({ taskCount: 2, batch, name: 'hourly' });
    expect((await get(`/${id}`)).body).toEqual(whole.body);
    const nothing = await api.call('PATCH', `${ROUTE}/${id}`, { token, body: {} });
    expect(nothing.status).toBe(400);
    expect((await withTag('DELETE', `/${id}`, '"2"')).status).toBe(412);
  });

  it('are paused, resumed and deleted, again and again, and tell so in the log', async () => {
    const { id } = (await create()).body;
    const act = (name: string, body?: object) =>
      api.post(`${ROUTE}/${id}/${name}`, tenant.token, body);
    expect((await act('pause', { reason: 'bad input' })).body).toMatchObject({
      ...{ status: 'paused', nextAt: null, paused: { reason: 'bad input' } },
    });
    expect((await get(`/${id}`)).body.paused).toMatchObject({ reason: 'bad input' });
    expect((await act('pause')).status).toBe(200);
    expect((await get(`/${id}/next`)).body.items).toEqual([]);
    expect((await act('resume')).body).toMatchObject({ status: 'active', paused: null });
    const remove = () => withTag('DELETE', `/${id}`, '*');
    expect((await remove()).body.status).toBe('deleted');
    expect((await remove()).status).toBe(200);
    expect((await get(`/${id}`)).body.status).toBe('deleted');
    for (const late of [await act('pause'), await act('resume')]) {
      expect([late.status, late.body.code]).toEqual([409, 'SCHEDULE_DELETED']);
    }
    const events = await api.log.readStream(tenant.id, id);
    expect(events.slice(1).map(({ event }) => event.type)).toEqual([
      ...['SchedulePaused', 'ScheduleResumed', 'ScheduleDeleted'],
    ]);
    const auditor = await api.platformToken('auditor');
    const audit = await api.get(`/v1/audit/events?stream=${id}&type=SchedulePaused`, auditor);
    expect(audit.body.items[0].payload).toEqual({ reason: 'bad input' });
  });

  it('tell their next planned times, also before there is one', async () => {
    const { id } = (await create()).body;
    const { items, timeZone } = (await get(`/${id}/next?count=3`)).body;
    expect([items.length, timeZone]).toEqual([3, 'Europe/Berlin']);
    const preview = (body: object) => api.post(`${ROUTE}/preview`, tenant.token, body);
    const after = '2026-10-24T12:00:00Z';
    const times = await preview({ cron: '30 2 * * *', timeZone: 'Europe/Berlin', count: 2, after });
    expect([times.status, times.body.items]).toEqual([
      200,
      ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'],
    ]);
    const typed = await preview({ cron: '@daily', timeZone: 'asia/CALCUTTA', count: 1 });
    expect(typed.body.timeZone).toBe('Asia/Kolkata');
    const wrong = await preview({ cron: 'H 24 * * *', after: '9999-12-31T23:59:59Z' });
    const told = wrong.body.errors.map((error: { pointer: string; detail: string }) => [
      error.pointer,
      error.detail,
    ]);
    expect([wrong.status, told]).toEqual([
      400,
      [
        ['/cron', 'minute: H is not from 0 to 59'],
        ['/cron', 'hour: 24 is not from 0 to 23'],
        ['/after', expect.stringContaining('must lie before the year 9989')],
      ],
    ]);
    const early = await preview({ cron: '@daily', after: '0001-01-01T00:00:00Z' });
    expect([early.status, early.body.errors]).toEqual([
      400,
      [{ pointer: '/after', detail: 'must not lie before the year 1970' }],
    ]);
    const never = await preview({ cron: '@daily', after: 'yesterday' });
    expect(never.body.errors).toEqual([
      { pointer: '/after', detail: expect.stringMatching(/^must be a time with date and zone/) },
    ]);
    const last = await preview({ cron: '@yearly', after: '9988-12-31T00:00:00Z', count: 100 });
    expect(last.body.items.at(-1)).toMatch(/^9999-01-01T/);
    expect((await get(`/${id}/next?count=101`)).status).toBe(400);
  });

  it('are another tenant’s secret: every route answers as if there were none', async () => {
    const { id } = (await create()).body;
    const other = await api.tenant(operator);
    const nobody = `sch_${'0'.repeat(32)}`;
    const routes = [
      ['GET', ''],
      ['GET', '/runs'],
      ['GET', '/next'],
      ['PATCH', '', { cron: '@daily' }],
      ['POST', '/pause', {}],
      ['POST', '/resume', {}],
      ['DELETE', ''],
    ] as const;
    for (const [method, path, body] of routes) {
      const ask = async (stream: string) => {
        const call = { token: other.token, ...(body === undefined ? {} : { body }) };
        const { status, text } = await api.call(method, `${ROUTE}/${stream}${path}`, call);
        return [status, text.replaceAll(stream, 'ID')];
      };
      const [theirs, none] = [await ask(id), await ask(nobody)];
      expect(theirs, `${method} ${path}`).toEqual(none);
      expect(theirs[0]).toBe(404);
    }
    expect((await api.get(ROUTE, other.token)).body.items).toEqual([]);
    expect(await api.log.readStream(tenant.id, id)).toHaveLength(1);
  });

  it('are not created for a suspended tenant', async () => {
    const { id } = (await create()).body;
    await api.post(`/v1/tenants/${tenant.id}/suspend`, operator, { reason: 'unpaid' });
    const refused = await create();
    expect([refused.status, refused.body.code]).toEqual([403, 'TENANT_SUSPENDED']);
    expect((await withTag('DELETE', `/${id}`, '*')).status).toBe(200);
  });

  it('are bounded for each tenant, however many are asked for at once', async () => {
    const small = { batch: { name: 'x', taskDefaults: submission(), count: 1 } };
    const asked = Array.from({ length: SCHEDULES_MAX + 5 }, () => create(small));
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 201)).toHaveLength(SCHEDULES_MAX);
    const refused = await create(small);
    expect([refused.status, refused.body]).toMatchObject([
      422,
      {
        code: 'QUOTA_EXCEEDED',
        quota: 'schedules',
        limit: SCHEDULES_MAX,
        use: SCHEDULES_MAX,
        asked: 1,
      },
    ]);
    expect(refused.body.detail).toBe(
      `The quota of schedules is ${SCHEDULES_MAX}, and 1 is asked for beside the ${SCHEDULES_MAX} that there are. Nothing was recorded. Delete one first.`,
    );
  });
});
