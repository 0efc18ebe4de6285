import type { BatchId, TaskOutcome } from '@bulkhead/domain';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPool } from '../../../libs/event-store/src/pool.js';
import { ApiUnderTest, submission } from './api-under-test.js';
import { reportOutcomes } from './report-outcomes.js';

let api: ApiUnderTest;
let operator: string;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;
let id: BatchId;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
  tenant = await api.tenant(operator);
});
afterAll(() => api.stop());

const post = (path: string, body?: object, key?: string) =>
  api.post(`/v1/batches${path}`, tenant.token, body, key);
const get = async (path: string) => (await api.get(`/v1/batches${path}`, tenant.token)).body;
const retry = (of: string, body?: object, key?: string) => post(`/${of}/retry-failed`, body, key);

const report = (batch: BatchId, outcomes: readonly TaskOutcome[]) =>
  reportOutcomes(api, tenant.id, batch, outcomes);

beforeEach(async () => {
  const taskDefaults = submission({ args: ['--part', '{{index}}'] });
  const limits = { maxParallel: 2, maxFailures: 1 };
  const answer = await post('', { name: 'four', taskDefaults, count: 4, ...limits });
  id = answer.body.id;
});

describe('a batch that has ended', () => {
  it('has what did not succeed run again as a batch that names it, with the index that was told', async () => {
    await report(id, ['failed', 'succeeded', 'timed-out']);
    const answer = await retry(id, { reason: 'the input is mended' });
    expect(answer.status).toBe(202);
    const again = answer.body.id as BatchId;
    expect(answer.headers.get('location')).toBe(`/v1/batches/${again}`);
    const limits = { maxParallel: 2, maxFailures: 1 };
    expect(answer.body).toMatchObject({ name: 'four', status: 'running', taskCount: 3, ...limits });
    expect(answer.body).toMatchObject({ retryOf: id, retriedBy: null });
    expect(await get(`/${again}`)).toEqual(answer.body);
    expect(await get(`/${id}`)).toMatchObject({
      status: 'failed',
      retryOf: null,
      retriedBy: again,
    });
    // Tasks 0, 2 and 3: failed, ran too long, never got its turn.
    const told = [0, 2, 3].map((index) => ({
      args: ['--part', `${index}`],
      env: { BULKHEAD_TASK_INDEX: `${index}` },
    }));
    const parts = [1, 2, 3].map((part) => ({ stream: again, part }));
    expect(await api.log.readContents(tenant.id, parts)).toEqual(told);
    const retryOf = (await get(`/${again}/tasks`)).items.map(
      (task: { retryOf: number }) => task.retryOf,
    );
    expect(retryOf).toEqual([0, 2, 3]);
    const retriedAs = (await get(`/${id}/tasks`)).items.map(
      (task: { retriedAs: number | null }) => task.retriedAs,
    );
    expect(retriedAs).toEqual([0, null, 1, 2]);
    const note = (await api.log.readStream(tenant.id, id)).at(-1)?.event;
    expect(note).toMatchObject({
      type: 'BatchRetried',
      payload: { reason: 'the input is mended' },
    });
  });

  it('is retried once, however often and however quickly it is asked for', async () => {
    await report(id, ['failed', 'failed']);
    const answers = await Promise.all([retry(id), retry(id), retry(id, {}, 'a-key'), retry(id)]);
    const [first] = answers;
    for (const { status, body } of answers) {
      expect([status, body.id]).toEqual([202, first?.body.id]);
    }
    expect((await retry(id)).body).toEqual(first?.body);
    expect(first?.body.taskCount).toBe(4);
    // What fails again is retried where it failed.
    await report(first?.body.id, ['succeeded', 'failed', 'failed']);
    const second = (await retry(first?.body.id)).body;
    expect(second).toMatchObject({ taskCount: 3, retryOf: first?.body.id });
  });

  it('is a conflict before its end, and where all of it succeeded', async () => {
    const early = await retry(id);
    expect([early.status, early.body.code]).toEqual([409, 'BATCH_NOT_ENDED']);
    await report(id, ['succeeded', 'succeeded', 'succeeded', 'succeeded']);
    const late = await retry(id);
    expect([late.status, late.body.code]).toEqual([409, 'BATCH_SUCCEEDED']);
  });

  it('is a conflict, and no batch of tasks that can only fail, where what its tasks ran was erased', async () => {
    await report(id, ['failed', 'succeeded', 'timed-out']);
    const admin = openPool({ url: api.database.databaseUrl, applicationName: 'erasure' });
    await admin.query('DELETE FROM log.contents WHERE tenant = $1', [tenant.id]);
    await admin.end();
    const answer = await retry(id);
    expect([answer.status, answer.body.code]).toEqual([409, 'BATCH_CONTENT_ERASED']);
    expect(await get(`/${id}`)).toMatchObject({ status: 'failed', retriedBy: null });
  });

  it('may have been cancelled, and is not retried for a tenant that is suspended', async () => {
    await post(`/${id}/cancel`);
    await report(id, []);
    expect((await get(`/${id}`)).status).toBe('cancelled');
    const suspend = { reason: 'unpaid' };
    await api.post(`/v1/tenants/${tenant.id}/suspend`, operator, suspend);
    const refused = await retry(id);
    expect([refused.status, refused.body.code]).toEqual([403, 'TENANT_SUSPENDED']);
    await api.post(`/v1/tenants/${tenant.id}/reinstate`, operator, suspend);
    expect((await retry(id)).body).toMatchObject({ taskCount: 4, retryOf: id });
  });
});
