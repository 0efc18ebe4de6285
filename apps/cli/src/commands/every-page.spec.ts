import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../../../test/e2e/run-command.js';

const COUNT = 450;
/** How many each page was asked for. */
const limits: number[] = [];
const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://api');
  response.writeHead(200, { 'content-type': 'application/json' });
  if (pathname === '/oauth/token') {
    response.end('{"access_token":"t","expires_in":900}');
    return;
  }
  const limit = Number(searchParams.get('limit'));
  const from = Number(searchParams.get('cursor') ?? 0);
  limits.push(limit);
  const to = Math.min(COUNT, from + limit);
  const items = Array.from({ length: to - from }, (_, at) => ({ id: `wl_${from + at}` }));
  response.end(JSON.stringify({ items, nextCursor: to < COUNT ? String(to) : null }));
});
let client: string[] = [];
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = ['--url', url, '--client-id', 'cred_1', '--client-secret', 'x', '--json'];
});
beforeEach(() => {
  limits.length = 0;
});
afterAll(() => server.close());

const listed = async (...words: string[]): Promise<{ id: string }[]> =>
  JSON.parse((await runCommand([...words, ...client], {})).stdout);

describe('a list at the command line', () => {
  it('is whole, page by page', async () => {
    const all = await listed('workload', 'list');
    expect(new Set(all.map(({ id }) => id)).size).toBe(COUNT);
    expect(limits).toEqual([200, 200, 200]);
  });

  it.each([
    [['workload', 'list'], 3, [3]],
    [['batch', 'list'], 200, [200]],
    [['batch', 'tasks', 'bat_1'], 250, [200, 50]],
    [['events', 'wl_1'], 1_000, [200, 200, 200]],
    [['webhook', 'deliveries', 'whk_1'], 250, [200, 50]],
  ])('ends with --limit, and asks for no more than that: %j', async (words, limit, asked) => {
    const items = await listed(...words, '--limit', String(limit));
    expect(items).toHaveLength(Math.min(limit, COUNT));
    expect(items[0]?.id).toBe('wl_0');
    expect(limits).toEqual(asked);
  });
});
