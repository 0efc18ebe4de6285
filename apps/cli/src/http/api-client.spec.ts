import { describe, expect, it } from 'vitest';
import { exitCodeOf } from '../output/exit-code-of.js';
import { EXIT } from '../output/exit-codes.js';
import { ApiClient } from './api-client.js';
import { ApiUnavailable, RequestRefused, readProblem } from './problem.js';
import {
  givingUpAfter,
  LONG_RETRIES,
  readRetryAfterMs,
  retryDelayMs,
  SHORT_RETRIES,
} from './retry-plan.js';
import { createSend } from './send.js';

type Answer = Response | Error | (() => Response);

/** An api that gives these answers in turn, on a clock that only sleeping moves. */
function scripted(answers: readonly Answer[], plan = SHORT_RETRIES, askedAs?: string) {
  const left = [...answers];
  const asked: { url: string; init: RequestInit }[] = [];
  const waits: string[] = [];
  let nowMs = 0;
  const send = createSend('http://api', plan, {
    fetch: (async (url: string, init: RequestInit) => {
      asked.push({ url, init });
      const answer = left.shift() ?? new Error('nothing listens');
      if (answer instanceof Error) throw answer;
      return typeof answer === 'function' ? answer() : answer;
    }) as typeof fetch,
    nowMs: () => nowMs,
    random: () => 0,
    sleep: async (ms) => {
      nowMs += ms;
    },
    waiting: (url) => waits.push(`${url} at ${nowMs}`),
  });
  return {
    client: new ApiClient(
      send,
      { clientId: 'cred_1', clientSecret: 'secret' },
      () => nowMs,
      askedAs,
    ),
    asked,
    waits,
    now: () => nowMs,
    pass: (ms: number) => {
      nowMs += ms;
    },
  };
}

const token = (name: string, lifeSeconds = 900) =>
  Response.json({ access_token: name, expires_in: lifeSeconds });
const busy = (status: number, retryAfter?: string) =>
  Response.json(
    { code: 'OVERLOADED', detail: 'Too busy.' },
    { status, headers: retryAfter === undefined ? {} : { 'retry-after': retryAfter } },
  );
const authorization = (init: RequestInit | undefined) =>
  new Headers(init?.headers).get('authorization');

describe('a request of the command line', () => {
  it('is sent again under the same key after a broken connection, 429 and 503', async () => {
    const { client, asked, now } = scripted([
      token('t1'),
      new TypeError('fetch failed'),
      busy(429, '2'),
      busy(503),
      Response.json({ id: 'wl_1' }, { status: 202 }),
    ]);
    const answer = await client.post('/v1/workloads', { image: 'x' }, 'key-1');
    expect(answer).toMatchObject({ status: 202, body: { id: 'wl_1' } });
    const keys = asked
      .slice(1)
      .map(({ init }) => (init.headers as Record<string, string>)['idempotency-key']);
    expect(keys).toEqual(['key-1', 'key-1', 'key-1', 'key-1']);
    expect(now()).toBeGreaterThanOrEqual(2_000);
  });

  it('gives up after its time with what it heard last', async () => {
    const { client, now } = scripted([token('t1'), ...Array.from({ length: 99 }, () => busy(503))]);
    const failing = client.get('/v1/workloads/wl_1');
    await expect(failing).rejects.toThrow(ApiUnavailable);
    await expect(failing).rejects.toThrow('OVERLOADED (503): Too busy.');
    expect(now()).toBeLessThanOrEqual(SHORT_RETRIES.totalMs);
  });

  it('is given up after the time that somebody asked for, or after one try', async () => {
    const two = scripted([], givingUpAfter(LONG_RETRIES, 2));
    await expect(two.client.get('/')).rejects.toThrow(ApiUnavailable);
    expect([two.now() > 1_000, two.now() <= 2_000]).toEqual([true, true]);
    const once = scripted([], givingUpAfter(SHORT_RETRIES, 0));
    await expect(once.client.get('/')).rejects.toThrow(
      '(tried 1 time in 0.0 s; --give-up-after says for how long)',
    );
    expect(once.asked).toHaveLength(1);
  });

  it('is never tried again where the platform connects to no such port', async () => {
    const forbidden = new TypeError('fetch failed', { cause: new Error('bad port') });
    const { client, asked } = scripted([forbidden]);
    const failed = await client.get('/').catch((error: unknown) => error);
    expect(String(failed)).toContain('http://api has a port that is kept for another protocol');
    expect([exitCodeOf(failed), asked.length]).toEqual([EXIT.usage, 1]);
  });

  it('that another program answers says so', async () => {
    const worker = scripted([new Response('only GET\n', { status: 405 })]);
    const refused = await worker.client.get('/').catch((error: unknown) => error);
    expect(String(refused)).toMatch(
      /HTTP_405 \(405\): only GET \(http:\/\/api does not answer as the api does: .* worker's\?\) The secret of the client was sent there/,
    );
    expect(exitCodeOf(refused)).toBe(EXIT.usage);
    const other = scripted([new Response('', { status: 200 })]);
    const noToken = await other.client.get('/').catch((error: unknown) => error);
    expect(String(noToken)).toContain('is it another program than the api');
    expect(String(noToken)).toContain('The secret of the client was sent there');
    expect(exitCodeOf(noToken)).toBe(EXIT.usage);
  });

  it('is not sent on to where an answer points, and the secret with it', async () => {
    const headers = { location: 'http://elsewhere/oauth/token' };
    const { client, asked } = scripted([new Response(null, { status: 307, headers })]);
    const refused = await client.get('/').catch((error: unknown) => error);
    expect(String(refused)).toContain('(http://api points to http://elsewhere/oauth/token: give');
    expect(asked.map(({ init }) => init.redirect)).toEqual(['manual']);
  });

  it('tells once for what it waits, and asks whether anything listens', async () => {
    const { client, waits } = scripted([]);
    const failing = client.get('/v1/workloads/wl_1');
    await expect(failing).rejects.toThrow(/nothing listens .*; is npm start running\?$/);
    expect(waits).toEqual(['http://api at 1500']);
  });

  it('that the one who asks may not make says who that was, and no other refusal does', async () => {
    const refusal = (code: string) =>
      Response.json({ code, detail: 'This needs the scope platform:admin.' }, { status: 403 });
    const answers = [token('t1'), refusal('INSUFFICIENT_SCOPE'), refusal('TENANT_SUSPENDED')];
    const { client } = scripted(answers, SHORT_RETRIES, '(asked as cred_1)');
    await expect(client.get('/v1/tenants')).rejects.toThrow(
      'INSUFFICIENT_SCOPE (403): This needs the scope platform:admin. (asked as cred_1)',
    );
    await expect(client.get('/v1/tenants')).rejects.toThrow(/admin\.$/);
  });

  it('keeps its kind where a remark is added, once', () => {
    const problem = readProblem(404, { code: 'WORKLOAD_NOT_FOUND', detail: 'No such workload.' });
    const refused = new RequestRefused('GET', '/v1/workloads/wl_1', problem).with('(asked as A)');
    expect(refused.message).toBe('WORKLOAD_NOT_FOUND (404): No such workload. (asked as A)');
    expect(refused.with('(asked as A)')).toBe(refused);
  });

  it('is not sent again when it was refused, and shows each wrong field', async () => {
    const problem = {
      code: 'INVALID_REQUEST',
      title: 'Invalid',
      detail: 'The body is wrong.',
      errors: [{ pointer: '/image', detail: 'is missing' }],
    };
    const { client, asked } = scripted([token('t1'), Response.json(problem, { status: 400 })]);
    const refused = client.post('/v1/workloads', {}, 'key');
    await expect(refused).rejects.toThrow(RequestRefused);
    await expect(refused).rejects.toThrow(
      'INVALID_REQUEST (400): The body is wrong.\n  /image: is missing',
    );
    expect(asked).toHaveLength(2);
  });

  it('says what the token endpoint says of a wrong secret, which is wrong usage', async () => {
    const { client } = scripted([
      Response.json(
        { error: 'invalid_client', error_description: 'The client is unknown.' },
        { status: 401 },
      ),
    ]);
    const refused = await client.get('/a').catch((error: unknown) => error);
    expect(String(refused)).toContain('invalid_client (401): The client is unknown.');
    expect(exitCodeOf(refused)).toBe(EXIT.usage);
  });

  it('understands a refusal that is no problem document', async () => {
    const { client } = scripted([token('t1'), new Response('<h1>no</h1>', { status: 404 })]);
    await expect(client.get('/')).rejects.toThrow('HTTP_404 (404): <h1>no</h1>');
  });

  it('gets one token for many requests, and the next before it ends', async () => {
    const ok = () => Response.json({});
    const { client, asked, pass } = scripted([token('t1'), ok, ok, ok, token('t2'), ok]);
    await Promise.all([client.get('/a'), client.get('/b')]);
    pass(839_000);
    await client.get('/c');
    pass(2_000);
    await client.get('/d');
    expect(asked.map(({ url }) => url)).toEqual(
      ['/oauth/token', '/a', '/b', '/c', '/oauth/token', '/d'].map((path) => `http://api${path}`),
    );
    expect(authorization(asked.at(-1)?.init)).toBe('Bearer t2');
  });

  it('sees what the last command of the same client did, also in lists that trail', async () => {
    const done = (consistency: string) =>
      Response.json({}, { headers: { 'bulkhead-consistency-token': consistency } });
    const ok = () => Response.json({});
    const { client, asked } = scripted([token('t1'), ok, done('c1'), done('c2'), ok, ok, ok]);
    await client.get('/a');
    await client.post('/b', {}, 'key-1');
    await client.post('/b', {}, 'key-2');
    await client.get('/c');
    await client.post('/b', {}, 'key-3');
    await client.get('/d');
    const sent = asked.map(({ init }) =>
      new Headers(init.headers).get('bulkhead-consistency-token'),
    );
    expect(sent).toEqual([null, null, null, null, 'c2', null, 'c2']);
  });

  it('replaces a refused token once', async () => {
    const denied = () => Response.json({ code: 'UNAUTHENTICATED' }, { status: 401 });
    const { client, asked } = scripted([
      token('t1'),
      denied,
      token('t2'),
      Response.json({ ok: 1 }),
    ]);
    expect((await client.get('/a')).body).toEqual({ ok: 1 });
    expect(authorization(asked[3]?.init)).toBe('Bearer t2');
    const never = scripted([token('t1'), denied, token('t2'), denied]);
    await expect(never.client.get('/a')).rejects.toThrow('UNAUTHENTICATED (401)');
    expect(never.asked).toHaveLength(4);
  });
});

describe('the wait between two tries', () => {
  it('doubles up to its bound, less by chance, and never below what the server asks', () => {
    const delays = [1, 2, 3, 9].map((tries) => retryDelayMs(LONG_RETRIES, tries, null, () => 0));
    expect(delays).toEqual([100, 200, 400, 2_000]);
    expect(retryDelayMs(LONG_RETRIES, 1, null, () => 1)).toBe(50);
    expect(retryDelayMs(LONG_RETRIES, 1, 5_000, () => 0)).toBe(5_000);
    expect(retryDelayMs(LONG_RETRIES, 1, 9_000_000, () => 0)).toBe(30_000);
  });

  it('reads seconds and dates', () => {
    expect(readRetryAfterMs('3', 0)).toBe(3_000);
    expect(readRetryAfterMs('Thu, 01 Jan 1970 00:00:09 GMT', 1_000)).toBe(8_000);
    expect(readRetryAfterMs('soon', 0)).toBeNull();
    expect(readRetryAfterMs(null, 0)).toBeNull();
  });
});
