import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../../../test/e2e/run-command.js';

const COUNT = 2_300;
const asked: Record<string, string>[] = [];
const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://api');
  response.writeHead(200, { 'content-type': 'application/json' });
  if (pathname === '/oauth/token') {
    response.end('{"access_token":"t","expires_in":900}');
    return;
  }
  asked.push({ pathname, ...Object.fromEntries(searchParams) });
  const from = Number(searchParams.get('afterPosition'));
  const to = Math.min(COUNT, from + Number(searchParams.get('limit')));
  const items = Array.from({ length: to - from }, (_, nr) => ({ position: from + nr + 1 }));
  const isFull = items.length === Number(searchParams.get('limit'));
  response.end(JSON.stringify({ items, nextAfterPosition: isFull ? to : null }));
});
let client: string[] = [];
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  client = ['--url', url, '--client-id', 'cred_1', '--client-secret', 'x', '--json'];
});
beforeEach(() => {
  asked.length = 0;
});
afterAll(() => server.close());

const audit = (...words: string[]) => runCommand(['audit', 'events', ...words, ...client], {});

describe('an auditor who reads the log at the command line', () => {
  it('narrows it by whatever the api can', async () => {
    const filters = { tenant: 'ten_1', stream: 'wl_1', type: 'WorkloadPlaced', actor: 'placer' };
    const span = { from: '2026-11-21T00:00:00Z', to: '2026-11-22T00:00:00Z' };
    const words = Object.entries({ ...filters, ...span }).flatMap(([name, value]) => [
      ...[`--${name}`, value],
    ]);
    const { exitCode } = await audit(...words, '--after-position', '2000', '--limit', '500');
    expect(exitCode).toBe(0);
    const page = { pathname: '/v1/audit/events', afterPosition: '2000', limit: '500' };
    expect(asked).toEqual([{ ...filters, ...span, ...page }]);
  });

  it('gets as many as asked for, over the pages, and is told from where to go on', async () => {
    const { stdout, stderr } = await audit('--limit', '1500');
    const events: { position: number }[] = JSON.parse(stdout);
    expect(events.map(({ position }) => position)).toEqual(
      Array.from({ length: 1_500 }, (_, nr) => nr + 1),
    );
    expect(asked.map(({ limit }) => limit)).toEqual(['1000', '500']);
    expect(stderr).toBe('there may be more: --after-position 1500\n');
  });

  it('gets a thousand if nothing is said, and is told nothing where the log ends', async () => {
    expect(JSON.parse((await audit()).stdout)).toHaveLength(1_000);
    const last = await audit('--after-position', '2000');
    expect([JSON.parse(last.stdout).length, last.stderr]).toEqual([300, '']);
  });
});
