import type { ComputeSystemId, TenantId, WorkloadId } from '@bulkhead/domain';
import { type OutputChunk, openPool, PostgresOutput } from '@bulkhead/event-store';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ApiUnderTest, submission } from './api-under-test.js';
import { StreamReader } from './stream-reader.js';

const WROTE_AT = '2026-11-21T10:42:00.000Z';

let api: ApiUnderTest;
let pool: pg.Pool;
let output: PostgresOutput;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;
let rival: Awaited<ReturnType<ApiUnderTest['tenant']>>;
let workload: WorkloadId;
let path: string;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  pool = openPool({ url: api.database.workerUrl, applicationName: 'logs', connectionsMax: 2 });
  output = new PostgresOutput(pool);
  const operator = await api.platformToken('operator');
  [tenant, rival] = [await api.tenant(operator), await api.tenant(operator)];
});
afterAll(async () => {
  await pool.end();
  await api.stop();
});
beforeEach(async () => {
  workload = (await api.post('/v1/workloads', tenant.token, submission())).body.id;
  path = `/v1/workloads/${workload}/logs`;
});

const chunk = (offset: number, text: string, stream: OutputChunk['stream'] = 'stdout') => ({
  ...{ offset, text, stream },
  writtenAtMs: Date.parse(WROTE_AT),
});

async function wrote(attempt: number, chunks: readonly OutputChunk[], of: TenantId = tenant.id) {
  await output.store({
    ...{ tenantId: of, workloadId: workload, attempt, chunks },
    computeSystemId: `cs_${workload.slice(3)}${attempt}` as ComputeSystemId,
    ...{ nextOffset: (chunks.at(-1)?.offset ?? -1) + 1, cost: 1, isCut: false, hasEnded: false },
  });
}

const as = (accept: string, query = '', token = tenant.token) =>
  api.call('GET', `${path}${query}`, { token, headers: { accept } });

describe('what a workload wrote', () => {
  it('is read page by page, attempt after attempt', async () => {
    await wrote(2, [chunk(0, 'again\n')]);
    await wrote(1, [chunk(0, 'one\n'), chunk(1, 'oh\n', 'stderr'), chunk(2, 'two\n')]);
    const first = await api.get(`${path}?limit=3`, tenant.token);
    expect(first.status).toBe(200);
    expect(first.body.items[1]).toEqual({
      ...{ attempt: 1, offset: 1, stream: 'stderr', writtenAt: WROTE_AT, text: 'oh\n' },
    });
    const rest = await api.get(`${path}?limit=3&cursor=${first.body.nextCursor}`, tenant.token);
    expect(rest.body).toMatchObject({ items: [{ attempt: 2, text: 'again\n' }], nextCursor: null });
  });

  it('is narrowed to an attempt and a stream, and a cursor keeps to that', async () => {
    await wrote(1, [chunk(0, 'one\n'), chunk(1, 'oh\n', 'stderr'), chunk(2, 'two\n')]);
    await wrote(2, [chunk(0, 'three\n')]);
    const texts = async (query: string) => (await as('text/plain', query)).text;
    expect(await texts('?stream=stderr')).toBe('oh\n');
    expect(await texts('?attempt=2')).toBe('three\n');
    const { nextCursor } = (await api.get(`${path}?limit=1&stream=stdout`, tenant.token)).body;
    expect(await texts(`?stream=stdout&cursor=${nextCursor}`)).toBe('two\nthree\n');
    const moved = await api.get(`${path}?cursor=${nextCursor}`, tenant.token);
    expect(moved.body.code).toBe('BAD_CURSOR');
  });

  it('comes whole as text, and as lines of JSON, however much it is', async () => {
    const texts = Array.from({ length: 501 }, (_, at) => `line ${at} ü\n`);
    await wrote(
      1,
      texts.map((text, at) => chunk(at, text)),
    );
    const text = await as('text/plain');
    expect(text.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect(text.headers.get('x-content-type-options')).toBe('nosniff');
    expect(text.text).toBe(texts.join(''));
    const lines = (await as('application/x-ndjson')).text.trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).text)).toEqual(texts);
  });

  it('says where something is missing on a line of its own, and not within one stream', async () => {
    await wrote(1, [chunk(0, 'without an end'), chunk(1, 'The rest is missing.\n', 'notice')]);
    expect((await as('text/plain')).text).toBe('without an end\n[bulkhead] The rest is missing.\n');
    expect((await as('text/plain', '?stream=stdout')).text).toBe('without an end');
    const { items } = (await as('application/json')).body;
    expect(items.at(-1)).toMatchObject({ stream: 'notice', offset: 1 });
  });

  it('begins with each attempt on a line of its own, also where the one before ended without one', async () => {
    await wrote(1, [chunk(0, 'broke off')]);
    await wrote(2, [chunk(0, 'whole\n')]);
    await wrote(3, [chunk(0, 'last')]);
    expect((await as('text/plain')).text).toBe('broke off\nwhole\nlast');
  });

  it('is empty while nothing was captured', async () => {
    expect((await as('application/json')).body).toEqual({ items: [], nextCursor: null });
    expect(await as('text/plain')).toMatchObject({ status: 200, text: '' });
  });

  it('is as absent to another tenant as what never was, in every form', async () => {
    await wrote(1, [chunk(0, 'a secret\n')]);
    for (const accept of ['application/json', 'application/x-ndjson', 'text/plain']) {
      const theirs = await as(accept, '', rival.token);
      const never = await api.call('GET', `/v1/workloads/wl_${'0'.repeat(32)}/logs`, {
        token: rival.token,
        headers: { accept },
      });
      expect(theirs.status).toBe(404);
      expect({ ...theirs.body, instance: '' }).toEqual({ ...never.body, instance: '' });
    }
  });

  it('is not found by whoever lies about whose it is: a row of another tenant is not shown', async () => {
    await wrote(1, [chunk(0, 'of somebody else\n')], rival.id);
    expect((await as('text/plain')).text).toBe('');
  });

  it('is refused where the question is wrong, all problems at once', async () => {
    const answer = await api.get(`${path}?attempt=0&stream=stdin&limit=999`, tenant.token);
    expect(answer.status).toBe(400);
    expect(answer.body.errors).toHaveLength(3);
  });
});

describe('what a workload writes, followed', () => {
  const ids = (messages: readonly { id: string | undefined }[]) => messages.map(({ id }) => id);
  const follow = (lastEventId?: string, query = '') =>
    StreamReader.open(api, `${path}?follow=true${query}`, tenant.token, lastEventId);

  it('comes as it is captured, and ends with the workload', async () => {
    await wrote(1, [chunk(0, 'one\n')]);
    const reader = await follow();
    expect((await reader.first(1))[0]).toMatchObject({
      id: '1.0',
      data: { attempt: 1, offset: 0, stream: 'stdout', writtenAt: WROTE_AT, text: 'one\n' },
    });
    await wrote(1, [chunk(1, 'two\n'), chunk(2, 'oh\n', 'stderr')]);
    await reader.first(3);
    await wrote(2, [chunk(0, 'last\n')]);
    await api.post(`/v1/workloads/${workload}/cancel`, tenant.token, {});
    const all = await reader.all();
    expect(ids(all.slice(0, -1))).toEqual(['1.0', '1.1', '1.2', '2.0']);
    expect(all.at(-1)).toMatchObject({ event: 'end', data: { status: 'cancelled' } });
  });

  it('goes on where a client was, without gap or repetition, also after its end', async () => {
    await wrote(1, [chunk(0, 'a'), chunk(1, 'b')]);
    const first = await follow();
    await first.first(2);
    first.leave();
    await wrote(1, [chunk(2, 'c')]);
    await wrote(2, [chunk(0, 'd')]);
    await api.post(`/v1/workloads/${workload}/cancel`, tenant.token, {});
    const texts = async (lastEventId: string) =>
      (await (await follow(lastEventId)).all()).map(({ data }) => data.text ?? data.status);
    expect(await texts('1.1')).toEqual(['c', 'd', 'cancelled']);
    expect(await texts('2.0')).toEqual(['cancelled']);
  });

  it('is narrowed as when it is read', async () => {
    await wrote(1, [chunk(0, 'a'), chunk(1, 'b', 'stderr')]);
    await api.post(`/v1/workloads/${workload}/cancel`, tenant.token, {});
    const reader = await follow(undefined, '&stream=stderr');
    expect(ids(await reader.all())).toEqual(['1.1', undefined]);
  });

  it('is refused to others as if it never was, and where the place is none of it', async () => {
    const theirs = await api.get(`${path}?follow=true`, rival.token);
    expect([theirs.status, theirs.body.code]).toEqual([404, 'WORKLOAD_NOT_FOUND']);
    const malformed = ['7', '1.x', '1.0.0', '-1.0', '01.098', '1.01', '0.1'];
    const tooLarge = ['2147483648.0', '9999999999.0', '1.2147483648', '1.99999999999'];
    for (const place of [...malformed, ...tooLarge]) {
      const headers = { 'last-event-id': place };
      const answer = await api.call('GET', `${path}?follow=true`, { token: tenant.token, headers });
      expect([place, answer.status, answer.body.code]).toEqual([place, 400, 'BAD_STREAM_ID']);
    }
    const both = await api.get(`${path}?follow=true&cursor=x`, tenant.token);
    expect(both.body.errors[0].detail).toContain('Last-Event-ID');
  });
});
