import {
  batchDecider,
  type DomainEvent,
  type StreamId,
  taskWorkloadId,
  type WorkloadSubmitted,
} from '@bulkhead/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest, submission } from './api-under-test.js';

let api: ApiUnderTest;
let operator: string;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
});
afterAll(() => api.stop());

describe('batches', () => {
  let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;
  beforeAll(async () => {
    tenant = await api.tenant(operator);
  });
  const batch = (body: object) => api.post('/v1/batches', tenant.token, body);
  const record = (stream: StreamId, expectedVersion: number, events: readonly DomainEvent[]) =>
    api.log.append({
      streams: [{ owner: tenant.id, stream, expectedVersion, events }],
      metadata: {
        ...{ actor: { kind: 'system', id: 'test' }, correlationId: 'test' },
        causationPosition: null,
      },
    });

  it('are recorded whole, in chunks, with their content beside the log', async () => {
    const tasks = Array.from({ length: 1_200 }, (_, index) => ({ args: [`task ${index}`] }));
    const answer = await batch({
      name: 'nightly report',
      taskDefaults: submission({ priority: 7 }),
      tasks,
      maxParallel: 10,
      maxFailures: 3,
    });
    expect(answer.status).toBe(202);
    const { id } = answer.body;
    expect(answer.headers.get('location')).toBe(`/v1/batches/${id}`);
    expect(answer.body).toMatchObject({
      name: 'nightly report',
      status: 'running',
      taskCount: 1_200,
      unfinished: 1_200,
      progress: 0,
      maxParallel: 10,
      maxFailures: 3,
    });
    expect((await api.get(`/v1/batches/${id}`, tenant.token)).body).toEqual(answer.body);
    const events = await api.log.readStream(tenant.id, id);
    expect(events.map(({ event }) => event.type)).toEqual([
      'BatchSubmitted',
      'BatchTasksAdded',
      'BatchTasksAdded',
      'BatchTasksAdded',
    ]);
    expect(JSON.stringify(events)).not.toContain('nightly report');
    expect(JSON.stringify(events)).not.toContain('task 7');
    expect(await api.log.readContent(tenant.id, id, 8)).toEqual({
      args: ['task 7'],
      env: { BULKHEAD_TASK_INDEX: '7' },
    });
  });

  it('may have 10,000 tasks that differ in their index', async () => {
    const taskDefaults = submission({ args: ['--part', '{{index}}'] });
    const answer = await batch({ name: 'many', taskDefaults, count: 10_000 });
    expect(answer.status).toBe(202);
    expect(answer.body.taskCount).toBe(10_000);
    expect(await api.log.readContent(tenant.id, answer.body.id, 10_000)).toEqual({
      args: ['--part', '9999'],
      env: { BULKHEAD_TASK_INDEX: '9999' },
    });
    const over = await batch({ name: 'many', taskDefaults: submission(), count: 10_001 });
    expect(over.body.errors[0].pointer).toBe('/count');
  });

  it('are refused whole, with pointers to the task or to the defaults', async () => {
    const head = await api.log.head();
    const { image: _image, ...defaults } = submission({ priority: 500 });
    const answer = await batch({
      name: 'wrong',
      taskDefaults: { ...defaults, priority: 50 },
      tasks: [{ image: 'a:1' }, {}, { image: 'b:1', resources: { cpuMillis: 1 } }],
    });
    expect(answer.status).toBe(400);
    const pointers = (body: { errors: { pointer: string }[] }) =>
      body.errors.map(({ pointer }) => pointer);
    expect(pointers(answer.body)).toEqual(['/tasks/2/resources/memoryMiB']);
    const missing = await batch({ name: 'x', taskDefaults: defaults, tasks: [{}] });
    expect(pointers(missing.body)).toEqual(['/taskDefaults/priority']);
    const noImage = await batch({
      name: 'x',
      taskDefaults: { ...defaults, priority: 50 },
      tasks: [{ image: 'a:1' }, {}],
    });
    expect(pointers(noImage.body)).toEqual(['/tasks/1/image']);
    const equal = await batch({ name: 'x', taskDefaults: { priority: 50 }, count: 2 });
    expect(pointers(equal.body)).toEqual(['/taskDefaults/image', '/taskDefaults/resources']);
    for (const both of [{}, { count: 1, tasks: [{}] }]) {
      const refused = await batch({ name: 'x', taskDefaults: submission(), ...both });
      expect([refused.status, pointers(refused.body)]).toEqual([400, ['']]);
    }
    expect(await api.log.head()).toBe(head);
  });

  it('are refused where their defaults would make gigabytes of a small body', async () => {
    const taskDefaults = submission({ args: ['x'.repeat(30_000), 'y'.repeat(30_000)] });
    const answer = await batch({ name: 'bomb', taskDefaults, count: 10_000 });
    expect([answer.status, answer.body.code]).toEqual([413, 'BATCH_TOO_LARGE']);
  });

  it('can be paused, resumed and cancelled, again and again, with a reason on record', async () => {
    const { id } = (await batch({ name: 'later', taskDefaults: submission(), count: 3 })).body;
    const act = (name: string, body?: object) =>
      api.post(`/v1/batches/${id}/${name}`, tenant.token, body);
    const paused = (await act('pause', { reason: 'bad input' })).body;
    expect(paused).toMatchObject({ status: 'paused', paused: { reason: 'bad input' } });
    const again = await act('pause');
    expect([again.status, again.body]).toEqual([202, paused]);
    expect((await api.get(`/v1/batches/${id}`, tenant.token)).body.paused).toEqual(paused.paused);
    await api.project();
    const listed = await api.get('/v1/batches?limit=1', tenant.token);
    expect(listed.body.items).toMatchObject([{ id, paused: paused.paused }]);
    expect((await act('resume')).body).toMatchObject({
      ...{ status: 'running', paused: null, unfinished: 3, skipped: 0 },
    });
    const cancelled = { since: expect.stringMatching(/^\d{4}-/), reason: 'too late' };
    expect((await act('cancel', { reason: 'too late' })).body).toMatchObject({
      ...{ status: 'cancelling', cancelled, paused: null },
    });
    expect((await act('cancel')).body.cancelled).toEqual(cancelled);
    for (const late of [await act('pause'), await act('resume')]) {
      expect([late.status, late.body.code]).toEqual([409, 'BATCH_CANCELLING']);
    }
    const events = await api.log.readStream(tenant.id, id);
    expect(events.slice(2).map(({ event }) => [event.type, event.payload])).toEqual([
      ['BatchPaused', { reason: 'bad input' }],
      ['BatchResumed', { reason: null }],
      ['BatchCancelRequested', { reason: 'too late' }],
    ]);
    expect(events[2]?.metadata.actor.kind).toBe('tenant');
    const wrong = await act('pause', { because: 'x' });
    expect([wrong.status, wrong.body.errors[0].pointer]).toEqual([400, '/because']);
  });

  it('are listed newest first, page by page, and found by status and time', async () => {
    const own = await api.tenant(operator);
    const ids: string[] = [];
    for (const name of ['one', 'two', 'three']) {
      const body = { name, taskDefaults: submission(), count: 2 };
      ids.unshift((await api.post('/v1/batches', own.token, body)).body.id);
    }
    await api.post(`/v1/batches/${ids[1]}/pause`, own.token);
    await api.project();
    const list = async (query: string) => {
      const answer = await api.get(`/v1/batches?${query}`, own.token);
      expect(answer.status).toBe(200);
      return answer.body;
    };
    const first = await list('limit=2');
    const rest = await list(`limit=2&cursor=${first.nextCursor}`);
    expect([...first.items, ...rest.items].map(({ id, name }) => [id, name])).toEqual([
      [ids[0], 'three'],
      [ids[1], 'two'],
      [ids[2], 'one'],
    ]);
    expect(rest.nextCursor).toBeNull();
    const found = await list('status=paused');
    expect(found.items).toEqual([(await api.get(`/v1/batches/${ids[1]}`, own.token)).body]);
    const since = found.items[0].submittedAt;
    expect((await list(`submittedAfter=${since}`)).items).toHaveLength(2);
    expect((await list(`submittedBefore=${since}`)).items).toHaveLength(1);
    const wrong = await api.get('/v1/batches?status=done', own.token);
    expect([wrong.status, wrong.body.errors[0].parameter]).toEqual([400, 'status']);
  });

  it('tell of each task what became of it', async () => {
    const { id } = (await batch({ name: 'three', taskDefaults: submission(), count: 3 })).body;
    const ended = { index: 1, workloadId: taskWorkloadId(id, 1), outcome: 'failed' } as const;
    const report = { kind: 'report-tasks-finished', created: 3, nowMs: Date.now() } as const;
    const { state, version } = await api.log.readState(tenant.id, id, batchDecider);
    const decided = batchDecider.decide({ ...report, tasks: [ended] }, state);
    if (!decided.accepted) throw new Error('the end of a task was refused');
    await record(id, version, decided.events);
    const alike = (await api.post('/v1/workloads', tenant.token, submission())).body.id;
    const workloadId = taskWorkloadId(id, 0);
    const [first, ...others] = (await api.log.readStream(tenant.id, alike)).map((one) => one.event);
    const submitted = first as WorkloadSubmitted;
    const inBatch = { workloadId, batch: { batchId: id, index: 0 } };
    const payload = { ...submitted.payload, ...inBatch };
    await record(workloadId, 0, [{ ...submitted, payload }, ...others]);
    await api.project();
    const tasks = async (query: string) =>
      (await api.get(`/v1/batches/${id}/tasks?${query}`, tenant.token)).body;
    const unretried = { retryOf: null, retriedAs: null };
    const pending = { workloadId: null, status: 'pending', outcome: null, ...unretried };
    const failed = { ...ended, status: 'failed', ...unretried };
    const page = await tasks('limit=2');
    const waiting = { index: 0, workloadId, status: 'submitted', outcome: null, ...unretried };
    expect(page.items).toEqual([waiting, failed]);
    const rest = await tasks(`limit=2&cursor=${page.nextCursor}`);
    expect(rest).toEqual({ items: [{ index: 2, ...pending }], nextCursor: null });
    expect((await tasks('outcome=failed')).items).toEqual([failed]);
    const open = await tasks('outcome=unfinished');
    expect(open.items.map(({ index }: { index: number }) => index)).toEqual([0, 2]);
    const none = await api.get(`/v1/batches/bat_${'0'.repeat(32)}/tasks`, tenant.token);
    expect([none.status, none.body.code]).toEqual([404, 'BATCH_NOT_FOUND']);
  });

  it('of another tenant cannot be told from none, whatever is asked of them', async () => {
    const { id } = (await batch({ name: 'mine', taskDefaults: submission(), count: 1 })).body;
    const other = await api.tenant(operator);
    const none = `bat_${'0'.repeat(32)}`;
    for (const act of ['pause', 'resume', 'cancel', 'retry-failed']) {
      const [theirs, missing] = await Promise.all(
        [id, none].map((of) => api.post(`/v1/batches/${of}/${act}`, other.token)),
      );
      expect(theirs?.status).toBe(404);
      expect({ ...theirs?.body, instance: '' }).toEqual({ ...missing?.body, instance: '' });
    }
    expect((await api.get(`/v1/batches/${id}`, tenant.token)).body.status).toBe('running');
  });
});
