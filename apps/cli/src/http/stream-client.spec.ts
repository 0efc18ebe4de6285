import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openStreams } from '../sources.js';
import { ApiUnavailable } from './problem.js';
import { givingUpAfter, SHORT_RETRIES } from './retry-plan.js';

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const PLAN = { ...SHORT_RETRIES, totalMs: 1_000, firstDelayMs: 5, maxDelayMs: 20 };

/** An api that answers each opening of the stream in its turn; told where readers go on. */
async function streaming(...answers: ((response: ServerResponse) => void)[]) {
  const places: (string | undefined)[] = [];
  server = createServer((request, response) => {
    if (request.url === '/oauth/token') {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ access_token: 't', expires_in: 900 }));
      return;
    }
    places.push(request.headers['last-event-id'] as string | undefined);
    const answer = answers[places.length - 1] ?? ((late) => late.writeHead(503).end());
    answer(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credential = { clientId: 'cred_1', clientSecret: 'x' };
  return { places, url, streams: openStreams(url, credential, PLAN) };
}

const say = (text: string) => (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.end(text);
};
const breakOff = (text: string) => (response: ServerResponse) => {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.write(text, () => response.destroy());
};

async function read(path: AsyncIterable<{ id: string | undefined; data: unknown }>) {
  const heard: unknown[] = [];
  for await (const { id, data } of path) heard.push(id ?? data);
  return heard;
}

it('goes on after the message that was read last when the stream breaks or is closed', async () => {
  const { places, streams } = await streaming(
    breakOff('retry: 1\n\nid: 1.0\ndata: "a"\n\nid: 1.1\ndata: "b"\n\nid: 1.2\ndata: "half'),
    (response) => response.writeHead(503).end(),
    say('id: 1.2\ndata: "c"\n\nevent: closed\ndata: {"reason":"stopping"}\n\n'),
    say(': heartbeat\n\nevent: end\ndata: {"status":"succeeded"}\n\n'),
  );
  expect(await read(streams.messages('/logs'))).toEqual([
    '1.0',
    '1.1',
    '1.2',
    { status: 'succeeded' },
  ]);
  expect(places).toEqual([undefined, '1.1', '1.1', '1.2']);
});

it('goes on after a long silence too, in which nothing but heartbeats came', async () => {
  const { places, streams } = await streaming((response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('id: 1\ndata: 1\n\n');
    setTimeout(() => response.write(': heartbeat\n\n', () => response.destroy()), 2 * PLAN.totalMs);
  }, say('id: 2\ndata: 2\n\nevent: end\ndata: "over"\n\n'));
  expect(await read(streams.messages('/logs'))).toEqual(['1', '2', 'over']);
  expect(places).toEqual([undefined, '1']);
});

it('ends with what the api says when the answer is no', async () => {
  const { streams } = await streaming((response) => {
    response.writeHead(404, { 'content-type': 'application/problem+json' });
    response.end(JSON.stringify({ code: 'WORKLOAD_NOT_FOUND', detail: 'none' }));
  });
  await expect(read(streams.messages('/logs'))).rejects.toThrow('WORKLOAD_NOT_FOUND (404): none');
});

it('gives up where it cannot be opened again for as long as the plan says', async () => {
  const { streams } = await streaming(breakOff('id: 1\ndata: 1\n\n'));
  await expect(read(streams.messages('/logs'))).rejects.toThrow(/503\) \(tried \d+ times in \d/);
});

describe('a stream of an api that is not there', () => {
  /** What a reader is told, and how long that takes, at a port where nobody listens. */
  async function away(giveUpAfter: number) {
    const { url } = await streaming();
    server.close();
    await once(server, 'close');
    const told: string[] = [];
    const waiting = (baseUrl: string, totalMs: number) => told.push(`${baseUrl} ${totalMs}`);
    const plan = givingUpAfter(SHORT_RETRIES, giveUpAfter);
    const streams = openStreams(url, { clientId: 'cred_1', clientSecret: 'x' }, plan, { waiting });
    const beganAtMs = performance.now();
    const error = await read(streams.messages('/logs')).catch((reason: Error) => reason);
    return { url, told, error, tookMs: performance.now() - beganAtMs };
  }

  it('is tried once where there is to be no patience, and the cause is told', async () => {
    const { url, told, error, tookMs } = await away(0);
    expect(error).toBeInstanceOf(ApiUnavailable);
    const message = (error as Error).message;
    expect(message).toMatch(
      /ECONNREFUSED.* \(tried 1 time in 0\.\d s; --give-up-after says for how long\)$/,
    );
    expect(message.startsWith(`GET ${url}/logs: `)).toBe(true);
    expect(told).toEqual([]);
    expect(tookMs).toBeLessThan(1_000);
  });

  it('is tried for as long as was asked for in all, which is told once after a second', async () => {
    const { url, told, error, tookMs } = await away(3);
    expect((error as Error).message).toMatch(/\(tried \d+ times in \d\.\d s; --give-up-after /);
    expect(told).toEqual([`${url} 3000`]);
    expect(tookMs).toBeGreaterThan(1_500);
    expect(tookMs).toBeLessThan(4_000);
  });
});
