import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answered, ApiUnderTest, hostRegistration, submission } from './api-under-test.js';

let api: ApiUnderTest;
let operator: string;
let auditor: string;
let tenant: Awaited<ReturnType<ApiUnderTest['tenant']>>;
let headBefore: number;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  operator = await api.platformToken('operator');
  auditor = await api.platformToken('auditor');
  tenant = await api.tenant(operator);
});
afterAll(() => api.stop());
beforeEach(async () => {
  headBefore = await api.log.head();
});
afterEach(async () => {
  expect(await api.log.head(), 'nothing may be half-recorded').toBe(headBefore);
});

const send = (body: unknown, headers: Record<string, string> = {}) =>
  api.call('POST', '/v1/workloads', { token: tenant.token, body, headers });

function expectProblem(answer: Answered, status: number, code: string): void {
  expect([answer.status, answer.body?.code]).toEqual([status, code]);
  expect(answer.headers.get('content-type')).toContain('application/problem+json');
  expect(answer.headers.get('x-correlation-id')).toBeTruthy();
  expect(answer.body).toMatchObject({ status, code });
  expect(answer.body.type).toMatch(/^urn:bulkhead:problem:[a-z0-9-]+$/);
  expect(answer.body.title).toBeTruthy();
  expect(answer.body.instance).toMatch(/^\//);
  expect(answer.text).not.toMatch(/node_modules|\.ts:|\.js:|at async|SELECT|log\.events/);
}

const pointers = ({ body }: Answered) =>
  [...new Set(body.errors.map(({ pointer }: { pointer: string }) => pointer))].sort();

describe('a body that cannot be read', () => {
  it.each([
    ['broken JSON', '{"image": '],
    ['two values', '{} {}'],
    ['a trailing comma', '{"image": "x",}'],
    ['a raw control character', '{"image": "a\u0000b"}'],
  ])('is refused: %s', async (_, body) => {
    expectProblem(await send(body), 400, 'MALFORMED_JSON');
  });

  it('is refused where it gives a field twice, of which one reader takes the first and another the last', async () => {
    const answer = await send('{"image": "a", "labels": {"a": "1", "a": "2"}, "image": "b"}');
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(pointers(answer)).toEqual(['/image', '/labels/a']);
  });

  it('is refused where it is not UTF-8', async () => {
    const response = await fetch(`${api.url}/v1/workloads`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.token}`, 'content-type': 'application/json' },
      body: Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ code: 'MALFORMED_JSON' });
  });

  it('is refused over 1 MiB, workloads and batches alike', async () => {
    const filler = 'x'.repeat(10 * 1024 * 1024);
    const large = JSON.stringify(submission({ args: [filler] }));
    for (const path of ['/v1/workloads', '/v1/batches']) {
      const answer = await api.call('POST', path, { token: tenant.token, body: large });
      expectProblem(answer, 413, 'BODY_TOO_LARGE');
    }
    const justOver = JSON.stringify(submission({ args: ['x'.repeat(1024 * 1024)] }));
    expectProblem(await send(justOver), 413, 'BODY_TOO_LARGE');
  });

  it('is refused with a property that changes prototypes, which is named', async () => {
    const bodies: [string, string][] = [
      ['{"__proto__": {"trust": "trusted"}}', '/__proto__'],
      [String.raw`{"labels": {"\u005f_proto__": "x"}}`, '/labels/__proto__'],
      ['{"env": {"constructor": {"prototype": {}}}}', '/env/constructor'],
    ];
    for (const [body, pointer] of bodies) {
      const answer = await send(body);
      expectProblem(answer, 400, 'VALIDATION_FAILED');
      expect(answer.body.errors).toEqual([{ pointer, detail: 'is a forbidden property' }]);
    }
  });

  it('is refused in another encoding or charset', async () => {
    const type = 'application/json';
    for (const headers of [
      { 'content-encoding': 'gzip' },
      { 'content-encoding': 'br' },
      { 'content-type': `${type}; charset=iso-8859-1` },
      { 'content-type': `${type}; charset="UTF-16"` },
    ] as Record<string, string>[]) {
      expectProblem(await send('{"x":1}', headers), 415, 'UNSUPPORTED_MEDIA_TYPE');
    }
    const plain = { 'content-encoding': 'identity', 'content-type': `${type}; charset="UTF-8"` };
    expectProblem(await send('{"x":1}', plain), 400, 'VALIDATION_FAILED');
  });

  it('is refused in another content type', async () => {
    for (const type of ['text/plain', 'application/xml', 'application/x-www-form-urlencoded']) {
      const answer = await send('image=x', { 'content-type': type });
      expectProblem(answer, 415, 'UNSUPPORTED_MEDIA_TYPE');
    }
  });

  it('is refused where it is missing', async () => {
    const answer = await api.call('POST', '/v1/workloads', { token: tenant.token });
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(answer.body.errors).toEqual([{ pointer: '', detail: 'a JSON body is missing' }]);
  });
});

describe('a body that does not fit', () => {
  it('is answered with every problem at once, each with a pointer', async () => {
    const answer = await send({
      image: 7,
      resources: { cpuMillis: 0, memoryMiB: 1.5, disks: 1 },
      isolation: 'none',
      strict: 'yes',
      priority: 101,
      restartPolicy: { maxAttempts: 0, retryOn: ['evicted'], finalExitCodes: ['2'] },
      'odd/na~me': true,
      simulation: { durationMs: -1, exitCode: '0', fault: 'escape' },
    });
    expectProblem(answer, 400, 'VALIDATION_FAILED');
    expect(pointers(answer)).toEqual(
      [
        '/image',
        '/isolation',
        '/odd~1na~0me',
        '/priority',
        '/resources/cpuMillis',
        '/resources/disks',
        '/resources/memoryMiB',
        '/restartPolicy/finalExitCodes/0',
        '/restartPolicy/maxAttempts',
        '/restartPolicy/retryOn/0',
        '/simulation/durationMs',
        '/simulation/exitCode',
        '/simulation/fault',
        '/strict',
      ].sort(),
    );
  });

  it('is refused where it names exit codes that no retry will ever meet', async () => {
    const refusalOf = async (policy: object) => {
      const answer = await send({ ...submission(), restartPolicy: { maxAttempts: 2, ...policy } });
      return answer.body.errors?.map(({ pointer, detail }: Record<string, string>) => [
        pointer?.replace('/restartPolicy/', ''),
        detail?.replace(/:.*/, ''),
      ]);
    };
    expect(await refusalOf({ finalExitCodes: [1, 0] })).toEqual([
      ['finalExitCodes/1', 'must not be 0, after which nothing is tried again'],
    ]);
    expect(await refusalOf({ finalExitCodes: [-1, 4_294_967_295] })).toEqual([
      ['finalExitCodes', 'must name nothing twice'],
    ]);
    expect(await refusalOf({ finalExitCodes: [2], retryOn: ['lost'] })).toEqual([
      ['finalExitCodes', 'would never be met'],
    ]);
    expect(await refusalOf({ finalExitCodes: [4_294_967_296] })).toHaveLength(1);
    const alone = { finalExitCodes: [-1, 2], retryOn: ['exit-code'], backoffSeconds: -1 };
    expect(await refusalOf(alone)).toEqual([['backoffSeconds', expect.any(String)]]);
  });

  it('is refused in words that need no knowledge of the program that checks', async () => {
    const answer = await send({ image: 7, args: 'x', priority: 1.5, resources: [], labels: null });
    const told = Object.fromEntries(
      answer.body.errors.map(({ pointer, detail }: Record<string, string>) => [pointer, detail]),
    );
    expect(told).toMatchObject({
      '/image': 'must be text, not a number',
      '/args': 'must be a list, not text',
      '/priority': 'must be a whole number',
      '/resources': 'must be an object, not a list',
    });
    expect(answer.text).not.toMatch(/Invalid input|expected|received|Too (small|big)/);
  });

  it('is told which names are allowed where one is not', async () => {
    const answer = await send(submission({ image: '!', labels: { Tëam: 'x' }, env: { '1': 'x' } }));
    const told = Object.fromEntries(
      answer.body.errors.map(({ pointer, detail }: Record<string, string>) => [pointer, detail]),
    );
    expect(told).toEqual({
      '/image': expect.stringMatching(/^must be an image reference: letters from A to Z/),
      '/labels/Tëam': expect.stringMatching(/^has a name that is not allowed: it may have letters/),
      '/env/1': expect.stringMatching(/digits and _ \. \( \) -, and begins with a letter or _$/),
    });
  });

  it.each([
    ['a number', 1],
    ['a list', []],
    ['null', 'null'],
    ['text', '"text"'],
  ])('is refused where it is %s', async (_, body) => {
    expectProblem(await send(body), 400, 'VALIDATION_FAILED');
  });

  it('is refused with U+0000 or half a character anywhere, also in names', async () => {
    const bodies: [string, string][] = [
      [String.raw`{"image":"a\u0000b"}`, '/image'],
      [String.raw`{"args":["ok","\ud800"]}`, '/args/1'],
      [String.raw`{"labels":{"team":"\uDC00x"}}`, '/labels/team'],
      [String.raw`{"env":{"a\u0000":"b"}}`, '/env/a\ufffd'],
    ];
    for (const [body, pointer] of bodies) {
      const answer = await send(body);
      expectProblem(answer, 400, 'VALIDATION_FAILED');
      expect(pointers(answer)).toEqual([pointer]);
    }
    const nested = `{"x":${'['.repeat(5_000)}"\\u0000"${']'.repeat(5_000)}}`;
    expectProblem(await send(nested), 400, 'VALIDATION_FAILED');
  });

  it('is refused with text that is too long or lists that have too many entries', async () => {
    const answer = await send(
      submission({ image: `a${'b'.repeat(600)}`, args: Array.from({ length: 300 }, () => '') }),
    );
    expect(pointers(answer)).toEqual(['/args', '/image']);
  });

  it.each([
    ['nothing but spaces', '   '],
    ['other white space', '\t\u00a0\u3000'],
    ['characters that only format', '\u200b\u200e\ufeff'],
    ['fillers', '\u3164\u2800'],
  ])('is refused where a name shows nobody anything: %s', async (_, name) => {
    const detail = 'must not be blank: it needs at least one character that can be seen';
    const batch = { name, taskDefaults: submission(), count: 1 };
    const schedule = { name, cron: '@daily', batch };
    const bodies: [string, string, unknown, string[]][] = [
      ['/v1/tenants', operator, { name }, ['/name']],
      ['/v1/hosts', operator, hostRegistration({ name }), ['/name']],
      ['/v1/batches', tenant.token, batch, ['/name']],
      ['/v1/schedules', tenant.token, schedule, ['/batch/name', '/name']],
    ];
    for (const [path, token, body, at] of bodies) {
      const answer = await api.post(path, token, body);
      expectProblem(answer, 400, 'VALIDATION_FAILED');
      expect(pointers(answer)).toEqual(at);
      expect(answer.body.errors[0].detail).toBe(detail);
    }
  });

  it('is refused on operator routes in the same way', async () => {
    const post = (path: string, body: unknown) => api.post(path, operator, body);
    const host = await post('/v1/hosts', hostRegistration({ osVersion: '10.0', cpuMillis: 1e300 }));
    expect(pointers(host)).toEqual(['/cpuMillis', '/osVersion']);
    const one = await post('/v1/tenants', { name: '', trust: 'best', boundary: 'No Spaces' });
    expect(pointers(one)).toEqual(['/boundary', '/name', '/trust']);
    const path = `/v1/tenants/${tenant.id}/trust`;
    expect(pointers(await post(path, { trust: 'trusted' }))).toEqual(['/reason']);
    const named = await post('/v1/tenants', { name: 'x', boundary: 'shared' });
    expectProblem(named, 422, 'BOUNDARY_NEEDS_TRUST');
  });
});

describe('parameters that do not fit', () => {
  it.each(['batches', 'workloads'])(
    'of %s are a span of time that ends before it begins',
    async (kind) => {
      const [early, late] = ['2026-11-22T13:00:00Z', '2026-11-22T14:00:00Z'];
      const page = (after: string, before: string) =>
        api.get(`/v1/${kind}?submittedAfter=${after}&submittedBefore=${before}`, tenant.token);
      const detail = `submittedAfter (${late}) is later than submittedBefore (${early}): exchange them`;
      const refused = await page(late, early);
      expectProblem(refused, 400, 'VALIDATION_FAILED');
      const named = ['submittedAfter', 'submittedBefore'];
      expect(refused.body.errors).toEqual(named.map((parameter) => ({ parameter, detail })));
      expect((await page(early, late)).status).toBe(200);
      expect((await page(early, early)).status).toBe(200);
    },
  );

  const list = (query: string) => api.get(`/v1/workloads?${query}`, tenant.token);

  it('are refused by name', async () => {
    const bad = ['limit=0x10', 'limit=1e2', 'limit=%2B5', 'limit=', 'limit=1.0'];
    bad.push('limit=0', 'limit=201', 'limit=many', 'limit=1&limit=2', 'sort=up', 'status=best');
    for (const query of [...bad, 'submittedAfter=yesterday', 'isolation=none']) {
      const answer = await list(query);
      expectProblem(answer, 400, 'VALIDATION_FAILED');
      expect(answer.body.errors[0].parameter).toBe(query.split('=')[0]);
    }
  });

  it.each([
    ['limit=1&limit=2', 'limit', 'is given more than once'],
    ['batch=', 'batch', 'must not be empty'],
    ['limit=0', 'limit', 'must be a whole number from 1 to 200'],
    ['limit=many', 'limit', 'must be a whole number from 1 to 200'],
    ['isolation=none', 'isolation', 'must be one of process, hyperv'],
    ['sort=up', 'sort', 'is not a known field'],
  ])('are each named once, in a client’s words: %s', async (query, parameter, detail) => {
    expect((await list(query)).body.errors).toEqual([{ parameter, detail }]);
  });

  it('are refused by name where they are not UTF-8 or hold half a character', async () => {
    for (const value of ['%FF', 'a%C3', '%ED%A0%80', '%', '%zz']) {
      const answer = await api.get(`/v1/audit/events?limit=1&type=${value}`, auditor);
      expectProblem(answer, 400, 'VALIDATION_FAILED');
      expect(answer.body.errors).toEqual([
        { parameter: 'type', detail: 'must be percent-encoded UTF-8' },
      ]);
    }
    const raw = await rawRequest('GET /v1/workloads?batch=\u00e9 HTTP/1.1');
    expect(raw).toMatch(/^HTTP\/1\.1 400 /);
    expect((await list('batch=%E2%82%AC')).status).toBe(200);
  });

  it('are refused where a cursor was made up, changed, or made for another list', async () => {
    for (const cursor of ['x', 'AAAA', 'a'.repeat(100), '%00', '{}', '💥', 'a'.repeat(500)]) {
      expectProblem(await list(`cursor=${encodeURIComponent(cursor)}`), 400, 'BAD_CURSOR');
    }
    expectProblem(await list(`cursor=${'a'.repeat(600)}`), 400, 'VALIDATION_FAILED');
    const page = await api.get('/v1/images?limit=1', operator);
    const own: string = page.body.nextCursor;
    expectProblem(await list(`cursor=${own}`), 400, 'BAD_CURSOR');
    const flipped = `${own[0] === 'A' ? 'B' : 'A'}${own.slice(1)}`;
    const images = (cursor: string) => api.get(`/v1/images?cursor=${cursor}`, operator);
    expect((await images(own)).status).toBe(200);
    expectProblem(await images(flipped), 400, 'BAD_CURSOR');
    expectProblem(await images(`${own}=`), 400, 'BAD_CURSOR');
  });

  it('are refused in the audit too, with U+0000 among them', async () => {
    const queries = ['actor=%00', 'type=a%00b', 'from=now', 'afterPosition=-1', 'limit=1001'];
    for (const query of [...queries, 'afterPosition=1e400', 'stream=']) {
      const answer = await api.get(`/v1/audit/events?${query}`, auditor);
      expectProblem(answer, 400, 'VALIDATION_FAILED');
    }
    for (const query of ['limit=0x10', 'limit=1e2', 'afterPosition=0x1', 'afterPosition=1e1']) {
      const answer = await api.get(`/v1/audit/events?${query}`, auditor);
      expectProblem(answer, 400, 'VALIDATION_FAILED');
    }
    // An empty answer to a misspelt type would say that nothing of the kind had happened.
    const misspelt = await api.get('/v1/audit/events?type=NoSuchType', auditor);
    expectProblem(misspelt, 400, 'VALIDATION_FAILED');
    const nothing = await api.get('/v1/audit/events?type=ImageRevoked', auditor);
    expect(nothing.body).toEqual({ items: [], nextAfterPosition: null });
  });
});

describe('routes that are not there', () => {
  it('are 404, and a known path with another method is 405', async () => {
    expectProblem(await api.get('/v1/nothing', tenant.token), 404, 'ROUTE_NOT_FOUND');
    expectProblem(await api.get('/', tenant.token), 404, 'ROUTE_NOT_FOUND');
    const patch = await api.call('PATCH', '/v1/workloads', { token: tenant.token });
    expectProblem(patch, 405, 'METHOD_NOT_ALLOWED');
    expect(patch.headers.get('allow')).toContain('POST');
    const remove = await api.call('DELETE', `/v1/workloads/wl_${'0'.repeat(32)}`, {
      token: tenant.token,
    });
    expectProblem(remove, 405, 'METHOD_NOT_ALLOWED');
  });

  it('are problems too where the path cannot be decoded or is too long', async () => {
    const long = await api.get(`/v1/workloads/${'a'.repeat(1_000)}`, tenant.token);
    expect(long.status).toBeGreaterThanOrEqual(400);
    expect(long.status).toBeLessThan(500);
    expect(long.headers.get('content-type')).toContain('application/problem+json');
    const answer = await rawRequest('GET /v1/workloads/%E0%A4%A HTTP/1.1');
    expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /);
    expect(answer).toContain('application/problem+json');
  });

  it('do not say which software answers', async () => {
    const { headers } = await api.call('GET', '/health/live');
    expect(headers.get('x-powered-by')).toBeNull();
    expect(headers.get('server')).toBeNull();
  });
});

/** What no client library would send. */
function rawRequest(firstLine: string): Promise<string> {
  const { hostname, port } = new URL(api.url);
  return new Promise((resolve, reject) => {
    let text = '';
    const socket = connect(Number(port), hostname, () => {
      const headers = ['host: x', `authorization: Bearer ${tenant.token}`, 'connection: close'];
      socket.write(`${[firstLine, ...headers].join('\r\n')}\r\n\r\n`);
    });
    socket.on('data', (chunk) => {
      text += chunk.toString();
    });
    socket.on('end', () => resolve(text));
    socket.on('error', reject);
  });
}
