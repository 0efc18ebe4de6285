import { batchDecider, type StreamId, taskWorkloadId } from '@bulkhead/domain';
import { executeCommand } from '@bulkhead/event-store';
import { JwtService } from '@nestjs/jwt';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { OPEN_STREAMS_MAX } from '../../../apps/api/src/streams/open-streams.js';
import { ApiUnderTest, signingKeyPem, submission } from './api-under-test.js';
import { type Message, StreamReader } from './stream-reader.js';

const actor = { kind: 'system', id: 'test' } as const;
const metadata = { actor, correlationId: 'test', causationPosition: null };
let api: ApiUnderTest;
let operator: string;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;
let other: Awaited<ReturnType<ApiUnderTest['tenant']>>;
const readers: StreamReader[] = [];

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
  tenant = await api.tenant(operator);
  other = await api.tenant(operator);
});
afterEach(() => {
  for (const reader of readers.splice(0)) reader.leave();
});
afterAll(() => api.stop());

async function follow(path: string, lastEventId?: string, token = tenant.token) {
  const reader = await StreamReader.open(api, `${path}/events/stream`, token, lastEventId);
  readers.push(reader);
  return reader;
}
const submitted = async () =>
  `/v1/workloads/${(await api.post('/v1/workloads', tenant.token, submission())).body.id}`;
const cancel = (path: string) => api.post(`${path}/cancel`, tenant.token, { reason: 'enough' });
const idsOf = (messages: readonly Message[]) => messages.map(({ id }) => id);

/** What the worker records of a batch's tasks. */
async function finish(id: StreamId, indexes: readonly number[], created: number) {
  const tasks = indexes.map((index) => ({
    index,
    workloadId: taskWorkloadId(id as `bat_${string}`, index),
    outcome: 'succeeded' as const,
  }));
  await executeCommand({
    ...{ log: api.log, owner: tenant.id, stream: id, decider: batchDecider, metadata },
    command: { kind: 'report-tasks-finished', tasks, created, nowMs: Date.now() } as const,
  });
}

describe('the stream of a workload', () => {
  it('shows what has happened, what happens while it is read, and that it is over', async () => {
    const path = await submitted();
    const stream = await follow(path);
    expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(stream.headers.get('cache-control')).toBe('no-store');
    expect(idsOf(await stream.first(2))).toEqual(['1', '2']);
    await cancel(path);
    const messages = await stream.all();
    const listed = (await api.get(`${path}/events`, tenant.token)).body.items;
    expect(messages.slice(0, -1).map(({ data }) => data)).toEqual(listed);
    expect(messages.at(-1)).toEqual({
      ...{ id: undefined, event: 'end', data: { status: 'cancelled' } },
    });
    expect(messages.slice(0, -1).every(({ event }) => event === undefined)).toBe(true);
  });

  it('goes on after the id that was read last, without gap or repetition', async () => {
    const path = await submitted();
    const before = await follow(path);
    await before.first(2);
    before.leave();
    await cancel(path);
    const after = await (await follow(path, '1')).all();
    expect(idsOf(after)).toEqual(['2', '3', '4', undefined]);
    const last = after.at(-2)?.id;
    const over = await (await follow(path, last)).all();
    expect(over).toEqual([{ id: undefined, event: 'end', data: { status: 'cancelled' } }]);
    for (const wrong of ['99', '-1', 'x', '1.5']) {
      const headers = { 'last-event-id': wrong };
      const call = { token: tenant.token, headers };
      const answer = await api.call('GET', `${path}/events/stream`, call);
      expect([answer.status, answer.body.code]).toEqual([400, 'BAD_STREAM_ID']);
    }
  });

  it('is not there for anybody else, in the same words as one of a workload that never was', async () => {
    const path = await submitted();
    for (const [owned, missing] of [
      [path, `/v1/workloads/wl_${'0'.repeat(32)}`],
      [await submittedBatch(1), `/v1/batches/bat_${'0'.repeat(32)}`],
    ]) {
      const theirs = await api.get(`${owned}/events/stream`, other.token);
      const nobodys = await api.get(`${missing}/events/stream`, other.token);
      expect(theirs.status).toBe(404);
      expect({ ...theirs.body, instance: '' }).toEqual({ ...nobodys.body, instance: '' });
    }
  });

  it('opens nothing for a request that wants only the head of the answer', async () => {
    const path = await submitted();
    for (let times = 0; times <= OPEN_STREAMS_MAX.ofOneTenant; times += 1) {
      const head = await api.call('HEAD', `${path}/events/stream`, { token: tenant.token });
      expect(head.status).toBe(200);
    }
  });

  it('is one of a bounded number, and leaves its place when its reader goes', async () => {
    const crowd = await api.tenant(operator);
    const { body } = await api.post('/v1/workloads', crowd.token, submission());
    const path = `/v1/workloads/${body.id}`;
    for (let open = 0; open < OPEN_STREAMS_MAX.ofOneTenant; open += 1) {
      await follow(path, undefined, crowd.token);
    }
    const refused = await api.get(`${path}/events/stream`, crowd.token);
    expect([refused.status, refused.body.code]).toEqual([429, 'TOO_MANY_STREAMS']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await follow(await submitted());
    readers[0]?.leave();
    const again = () =>
      follow(path, undefined, crowd.token).then(
        () => true,
        () => false,
      );
    await expect.poll(again, { timeout: 5_000 }).toBe(true);
  });
});

describe('the stream of a batch', () => {
  it('tells each finished task once, what was done to it, and where it stands', async () => {
    const path = await submittedBatch(3);
    const id = path.split('/').at(-1) as StreamId;
    const stream = await follow(path);
    await stream.first(1);
    await finish(id, [1], 3);
    await stream.first(2);
    await api.post(`${path}/pause`, tenant.token, { reason: 'look first' });
    await stream.first(3);
    await finish(id, [0, 2], 3);
    const messages = await stream.all();
    const told = messages.map(({ event, data }) =>
      event === 'end'
        ? data
        : [
            data.type,
            data.reason,
            data.tasks.map(({ index }: { index: number }) => index),
            data.batch.progress,
          ],
    );
    expect(told).toEqual([
      ['BatchSubmitted', null, [], 0],
      ['BatchTasksFinished', null, [1], 1 / 3],
      ['BatchPaused', 'look first', [], 1 / 3],
      ['BatchTasksFinished', null, [0, 2], 1],
      ['BatchSucceeded', null, [], 1],
      { status: 'succeeded' },
    ]);
    expect(messages[2]?.data.batch).toMatchObject({ status: 'paused', unfinished: 2 });
    const seen = (await api.get(path, tenant.token)).body;
    expect(seen).toMatchObject(messages[4]?.data.batch);
  });

  it('goes on after a sealed id, which tells nothing and is good for no other batch', async () => {
    const path = await submittedBatch(2);
    const id = path.split('/').at(-1) as StreamId;
    await finish(id, [0], 2);
    const first = await (await follow(path)).first(2);
    const again = await (await follow(path)).first(2);
    expect(idsOf(again)).not.toEqual(idsOf(first));
    expect(new Set(idsOf(first).map((one) => one?.length)).size).toBe(1);
    await finish(id, [1], 2);
    const rest = await (await follow(path, first[1]?.id)).all();
    expect(rest.map(({ data }) => data.type)).toEqual([
      ...['BatchTasksFinished', 'BatchSucceeded', undefined],
    ]);
    expect(rest[0]?.data).toMatchObject({ tasks: [{ index: 1 }], batch: { progress: 1 } });
    const over = await (await follow(path, rest[1]?.id)).all();
    expect(over.map(({ event }) => event)).toEqual(['end']);
    const foreign = { token: tenant.token, headers: { 'last-event-id': first[1]?.id ?? '' } };
    const answer = await api.call('GET', `${await submittedBatch(1)}/events/stream`, foreign);
    expect([answer.status, answer.body.code]).toEqual([400, 'BAD_STREAM_ID']);
  });
});

describe('an open stream', () => {
  it('is closed within 5 s when its credential is revoked', async () => {
    const guest = await api.tenant(operator);
    const { body } = await api.post('/v1/workloads', guest.token, submission());
    const stream = await follow(`/v1/workloads/${body.id}`, undefined, guest.token);
    await stream.first(2);
    const credential = `/v1/tenants/${guest.id}/credentials/${guest.credential.clientId}`;
    const revokedAtMs = Date.now();
    await api.call('DELETE', credential, { token: operator });
    expect((await stream.all()).at(-1)).toMatchObject({
      ...{ event: 'closed', data: { reason: 'credential-revoked' } },
    });
    expect(Date.now() - revokedAtMs).toBeLessThan(5_000);
  });

  it('is closed when its token ends', async () => {
    const path = await submitted();
    const jwt = new JwtService();
    const decoded = jwt.decode(tenant.token, { complete: true });
    // Two seconds at least, in which nothing is asked but the stream.
    const exp = Math.floor(Date.now() / 1_000) + 3;
    const token = jwt.sign(
      { ...(decoded?.payload as object), exp },
      { privateKey: signingKeyPem, algorithm: 'RS256', header: decoded?.header },
    );
    const stream = await follow(path, undefined, token);
    const messages = await stream.all();
    expect(messages.at(-1)).toMatchObject({ data: { reason: 'token-expired' } });
    expect(Date.now()).toBeGreaterThanOrEqual(exp * 1_000);
  });

  it('is closed, and says so, when its process stops', async () => {
    const stopping = await ApiUnderTest.start();
    const owner = await stopping.tenant(await stopping.platformToken('operator'));
    const { body } = await stopping.post('/v1/workloads', owner.token, submission());
    const path = `/v1/workloads/${body.id}/events/stream`;
    const stream = await StreamReader.open(stopping, path, owner.token);
    await stream.first(2);
    await stopping.stop();
    expect((await stream.all()).at(-1)).toMatchObject({ data: { reason: 'stopping' } });
  });
});

async function submittedBatch(count: number): Promise<string> {
  const body = { name: 'b', taskDefaults: submission(), count };
  return `/v1/batches/${(await api.post('/v1/batches', tenant.token, body)).body.id}`;
}
