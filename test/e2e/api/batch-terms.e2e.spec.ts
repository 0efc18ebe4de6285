import { batchDecider, type StreamId, taskWorkloadId } from '@bulkhead/domain';
import { executeCommand } from '@bulkhead/event-store';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest, submission } from './api-under-test.js';

const actor = { kind: 'system', id: 'test' } as const;
const metadata = { actor, correlationId: 'test', causationPosition: null };
let api: ApiUnderTest;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;
let other: Awaited<ReturnType<ApiUnderTest['tenant']>>;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  const operator = await api.platformToken('operator');
  tenant = await api.tenant(operator);
  other = await api.tenant(operator);
});
afterAll(() => api.stop());

const batch = (change: object, key?: string, token = tenant.token) =>
  api.post(
    '/v1/batches',
    token,
    { name: 'b', taskDefaults: submission(), count: 2, ...change },
    key,
  );
const submitted = async (change: object = {}, token = tenant.token): Promise<string> =>
  (await batch(change, undefined, token)).body.id;

/** What the worker records. */
async function record(id: string, command: Parameters<typeof batchDecider.decide>[0]) {
  const stream = { owner: tenant.id, stream: id as StreamId, decider: batchDecider };
  await executeCommand({ log: api.log, ...stream, metadata, command });
}
const finish = (id: string, outcome: 'succeeded' | 'failed', indexes: readonly number[]) =>
  record(id, {
    kind: 'report-tasks-finished',
    tasks: indexes.map((index) => ({
      ...{ index, outcome },
      workloadId: taskWorkloadId(id as `bat_${string}`, index),
    })),
    ...{ created: 2, nowMs: Date.now() },
  });

describe('a batch with a deadline', () => {
  it('says so, as a time or as seconds from its submission', async () => {
    const absolute = await batch({ deadline: '2999-01-01T01:00:00+01:00' });
    expect([absolute.status, absolute.body.deadline]).toEqual([202, '2999-01-01T00:00:00.000Z']);
    const { body } = await batch({ deadlineSeconds: 60 });
    expect(Date.parse(body.deadline) - Date.parse(body.submittedAt)).toBeCloseTo(60_000, -3);
    expect((await api.get(`/v1/batches/${body.id}`, tenant.token)).body).toEqual(body);
    expect((await batch({})).body.deadline).toBeNull();
  });

  it('is refused where it is over already, or not clear', async () => {
    const past = await batch({ deadline: '2020-01-01T00:00:00Z' });
    expect([past.status, past.body.code]).toEqual([422, 'BATCH_DEADLINE_PASSED']);
    for (const [wrong, pointer] of [
      [{ deadline: 'tomorrow' }, '/deadline'],
      [{ deadlineSeconds: 0 }, '/deadlineSeconds'],
      [{ deadline: '2999-01-01T00:00:00Z', deadlineSeconds: 5 }, '/deadlineSeconds'],
    ] as const) {
      const answer = await batch(wrong);
      expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, pointer]);
    }
  });

  it('has failed by it once what was under way is gone, and can be retried without one', async () => {
    // What the worker records says itself that this is over: nobody waits for it, and no submission comes too late.
    const deadline = new Date(Date.now() + 3_600_000).toISOString();
    const id = await submitted({ deadline });
    const path = `/v1/batches/${id}`;
    await finish(id, 'succeeded', [0]);
    await record(id, { kind: 'pass-deadline', nowMs: Date.parse(deadline) });
    const overdue = (await api.get(path, tenant.token)).body;
    expect(overdue).toMatchObject({ status: 'overdue', estimatedEndAt: null, failure: null });
    const paused = await api.post(`${path}/pause`, tenant.token);
    expect([paused.status, paused.body.code]).toEqual([409, 'BATCH_OVERDUE']);
    expect((await api.post(`${path}/cancel`, tenant.token)).body.status).toBe('overdue');
    const ending = { kind: 'report-tasks-finished', tasks: [], created: 1, nowMs: Date.now() };
    await record(id, ending as never);
    const ended = (await api.get(path, tenant.token)).body;
    expect(ended).toMatchObject({
      ...{ status: 'failed', failure: { because: 'deadline', predecessor: null }, skipped: 1 },
    });
    const retry = (await api.post(`${path}/retry-failed`, tenant.token)).body;
    expect(retry).toMatchObject({ status: 'running', deadline: null, after: [], taskCount: 1 });
  });

  it('answers a repetition as before, also when the deadline has passed by then', async () => {
    const deadlineMs = Date.now() + 2_000;
    const body = { deadline: new Date(deadlineMs).toISOString() };
    const first = await batch(body, 'just-in-time');
    expect(first.status).toBe(202);
    await new Promise((resolve) => setTimeout(resolve, deadlineMs - Date.now() + 1));
    const again = await batch(body, 'just-in-time');
    expect([again.status, again.body]).toEqual([202, first.body]);
    expect((await batch(body, 'too-late')).body.code).toBe('BATCH_DEADLINE_PASSED');
  });
});

describe('a batch that comes after others', () => {
  it('waits for them, and says for which', async () => {
    const [first, second] = [await submitted(), await submitted()];
    const answer = await batch({ after: [first, second] });
    expect(answer.body).toMatchObject({ status: 'waiting', after: [first, second] });
    const { id } = answer.body;
    await finish(first, 'succeeded', [0, 1]);
    const late = await batch({ after: [first] });
    expect(late.body.status).toBe('waiting');
    await record(id, { kind: 'end-wait', failed: second as never, nowMs: Date.now() });
    expect((await api.get(`/v1/batches/${id}`, tenant.token)).body).toMatchObject({
      ...{ status: 'failed', skipped: 2, endedAt: expect.any(String) },
      failure: { because: 'predecessor', predecessor: second },
    });
  });

  it('cannot name what is not there, in the same words as what is somebody else’s', async () => {
    const head = await api.log.head();
    const theirs = await submitted({}, other.token);
    const missing = `bat_${'0'.repeat(32)}`;
    const [foreign, unknown] = [
      await batch({ after: [theirs] }),
      await batch({ after: [missing] }),
    ];
    expect(foreign.status).toBe(422);
    expect(foreign.body).toEqual(unknown.body);
    expect(foreign.body).toMatchObject({
      code: 'BATCH_PREDECESSOR_NOT_FOUND',
      errors: [{ pointer: '/after/0' }],
    });
    expect((await batch({ after: ['wl_1'] })).body.code).toBe('BATCH_PREDECESSOR_NOT_FOUND');
    expect(await api.log.head()).toBe(head + 2);
  });

  it('is refused where one of them will never succeed, unless it was accepted before', async () => {
    const first = await submitted();
    const body = { after: [first] };
    const accepted = await batch(body, 'before');
    await finish(first, 'failed', [0, 1]);
    const refused = await batch(body);
    expect([refused.status, refused.body.code]).toEqual([422, 'BATCH_PREDECESSOR_FAILED']);
    expect((await batch(body, 'before')).body).toEqual(accepted.body);
  });

  it('names a bounded number of them, each once', async () => {
    const one = await submitted();
    for (const after of [[], [one, one], Array.from({ length: 11 }, () => one)]) {
      const answer = await batch({ after });
      expect([answer.status, answer.body.errors[0].pointer]).toEqual([400, '/after']);
    }
  });
});

describe('the estimated end of a batch', () => {
  it('comes with its first finished task, in the batch, in its list and in its stream', async () => {
    const id = await submitted({ count: 4, maxParallel: 2 });
    const path = `/v1/batches/${id}`;
    expect((await api.get(path, tenant.token)).body.estimatedEndAt).toBeNull();
    await finish(id, 'succeeded', [0, 1]);
    const beforeMs = Date.now();
    const { estimatedEndAt, submittedAt } = (await api.get(path, tenant.token)).body;
    const afterMs = Date.now();
    const submittedMs = Date.parse(submittedAt);
    // Two of four tasks have finished, so it will take as long again.
    expect(Date.parse(estimatedEndAt)).toBeGreaterThanOrEqual(2 * beforeMs - submittedMs);
    expect(Date.parse(estimatedEndAt)).toBeLessThanOrEqual(2 * afterMs - submittedMs);
    await api.project();
    const { items } = (await api.get('/v1/batches', tenant.token)).body;
    const listed = items.find((item: { id: string }) => item.id === id);
    expect(Date.parse(listed.estimatedEndAt)).toBeGreaterThanOrEqual(Date.parse(estimatedEndAt));
  });
});
