import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiUnderTest, submission } from './api-under-test.js';

let api: ApiUnderTest;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  tenant = await api.tenant(await api.platformToken('operator'));
});
afterAll(() => api.stop());

const NDJSON = { 'content-type': 'application/x-ndjson' };
const send = (body: string, headers: Record<string, string> = {}, path = '/v1/batches') =>
  api.call('POST', path, { token: tenant.token, body, headers: { ...NDJSON, ...headers } });
const lines = (...parts: (object | string)[]) =>
  parts.map((part) => (typeof part === 'string' ? part : JSON.stringify(part))).join('\n');
const head = (change: object = {}) => ({ name: 'lines', taskDefaults: submission(), ...change });

/** What is wrong, as `line pointer: detail`. */
const wrong = ({ body }: { body: { errors: Record<string, unknown>[] } }) =>
  body.errors.map(({ line, pointer, detail }) => `${line} ${pointer}: ${detail}`);

describe('a batch as lines', () => {
  it('is the batch on the first line and a task on each further one', async () => {
    const tasks = [{ args: ['a'] }, '', { args: ['b'] }, {}];
    const answer = await send(`\ufeff${lines(head({ maxParallel: 2 }), ...tasks)}\r\n\n`);
    expect(answer.status).toBe(202);
    expect(answer.body).toMatchObject({ name: 'lines', taskCount: 3, maxParallel: 2 });
    const content = await api.log.readContent(tenant.id, answer.body.id, 2);
    expect(content).toEqual({ args: ['b'], env: { BULKHEAD_TASK_INDEX: '1' } });
  });

  it('is the same request as its JSON, under the same key', async () => {
    const key = { 'idempotency-key': 'lines-and-json' };
    const first = await send(lines(head(), { args: ['a'] }), key);
    const body = { ...head(), tasks: [{ args: ['a'] }] };
    const again = await api.call('POST', '/v1/batches', {
      token: tenant.token,
      body,
      headers: key,
    });
    expect([again.status, again.body.id]).toEqual([202, first.body.id]);
    const other = await send(lines(head(), { args: ['b'] }), key);
    expect(other.body.code).toBe('IDEMPOTENCY_KEY_REUSED');
  });

  it('may have a count instead of tasks', async () => {
    expect((await send(lines(head({ count: 4 })))).body.taskCount).toBe(4);
    expect(wrong(await send(lines(head({ count: 4 }), {})))).toEqual([
      '1 : has tasks and a count: leave one of them out',
    ]);
    expect(wrong(await send(lines(head())))).toEqual([
      '1 : is the batch, and no task stands behind it: each is a line of its own, or the batch has a count',
    ]);
    expect(wrong(await send(lines(head({ tasks: [{}] }), {})))).toEqual([
      '1 /tasks: stands in lines of their own here',
    ]);
  });

  it('is told each bad line with its number, and nothing is recorded', async () => {
    const position = await api.log.head();
    const broken = await send(
      lines(
        head(),
        '{"args":',
        '',
        '[]',
        '{"args": ["\\u0000"]}',
        '7',
        '{"args":["a"],"args":["b"]}',
      ),
    );
    expect(broken.status).toBe(400);
    expect(wrong(broken)).toEqual([
      '2 : is not JSON',
      '4 : must be an object',
      '5 /args/0: must not hold U+0000 or a lone surrogate',
      '6 : must be an object',
      '7 /args: stands there more than once',
    ]);
    const both = await send(lines(head({ priority: 101 }), { prioritee: 1 }, '{', { env: 1 }));
    expect(wrong(both)).toEqual([
      expect.stringMatching(/^1 \/priority: /),
      '2 /prioritee: is not a known field',
      '3 : is not JSON',
      expect.stringMatching(/^4 \/env: /),
    ]);
    expect(both.body.detail).toBe('The request has 4 problems.');
    const fields = await send(lines(head(), {}, '', { prioritee: 1 }, { priority: 500 }));
    expect(wrong(fields)).toEqual([
      '4 /prioritee: is not a known field',
      expect.stringMatching(/^5 \/priority: /),
    ]);
    // What only shows once defaults and task are put together is told by line too.
    const { image: _image, ...defaults } = submission();
    const joined = await send(
      lines({ name: 'x', taskDefaults: defaults }, { image: 'a:1' }, '', {}),
    );
    expect(wrong(joined)).toEqual([expect.stringMatching(/^4 \/image: /)]);
    const inHead = await send(lines({ name: '', taskDefaults: { cpu: 1 } }, {}));
    expect(wrong(inHead)).toEqual([
      expect.stringMatching(/^1 \/name: /),
      '1 /taskDefaults/cpu: is not a known field',
    ]);
    for (const empty of ['', '\n \r\n']) {
      expect((await send(empty)).body.code).toBe('MALFORMED_JSON');
    }
    expect(await api.log.head()).toBe(position);
  });

  it('may have 10,000 tasks of a kilobyte each, which no JSON body may, and not one more', async () => {
    const padding = 'x'.repeat(1_000);
    const tasks = Array.from({ length: 10_000 }, (_, index) => ({ args: [`${index} ${padding}`] }));
    const answer = await send(lines(head(), ...tasks));
    expect([answer.status, answer.body.taskCount]).toEqual([202, 10_000]);
    const over = await send(lines(head(), ...Array.from({ length: 10_001 }, () => '{}')));
    expect(wrong(over)).toEqual(['10002 : is one task too many: a batch has at most 10000']);
  });

  it('is named among what a batch may be sent as, and is not where it is not taken', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonl']) {
      const answer = await send('{}', { 'content-type': type });
      const { status, body } = answer;
      expect([status, body.detail]).toEqual([
        ...[415, 'Send application/json or application/x-ndjson.'],
      ]);
      const elsewhere = await send('{}', { 'content-type': type }, '/v1/workloads');
      expect(elsewhere.body.detail).toBe('Send application/json.');
    }
  });

  it('has at most 16 MiB, and is taken nowhere else', async () => {
    const large = await send(lines(head(), 'x'.repeat(16 * 1024 * 1024)));
    expect([large.status, large.body.code]).toEqual([413, 'BODY_TOO_LARGE']);
    for (const path of [
      '/v1/workloads',
      '/oauth/token',
      `/v1/batches/bat_${'0'.repeat(32)}/pause`,
    ]) {
      const elsewhere = await send('{}', {}, path);
      expect([elsewhere.status, elsewhere.body.code]).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    }
  });
});
