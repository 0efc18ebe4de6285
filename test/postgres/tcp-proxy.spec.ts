import { connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { TcpProxy } from './tcp-proxy.js';

const DELAY_MS = 20;
const ROUNDS = 30;
const SOON = { timeout: 5_000 };

let server: Server;
let proxy: TcpProxy;
let client: Socket;
let arrived: string;

beforeEach(async () => {
  arrived = '';
  server = createServer((socket) => {
    socket.on('data', (bytes) => {
      arrived += bytes;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const through = await TcpProxy.to(new URL(`http://127.0.0.1:${port}`));
  proxy = through.proxy;
  client = connect(Number(new URL(through.url).port), '127.0.0.1');
  client.setNoDelay(true);
});
afterEach(async () => {
  client.destroy();
  await proxy.close();
  await new Promise((resolve) => server.close(resolve));
});

/** Nothing else happens in this process meanwhile, timers included. */
function keepBusy(forMs: number): void {
  const untilMs = performance.now() + forMs;
  while (performance.now() < untilMs);
}

it('a slow network that recovers hands on everything in order, as TCP does', async () => {
  let sent = '';
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const delayMs of [DELAY_MS, DELAY_MS / 2, 0]) {
      proxy.delayMs = delayMs;
      const word = `${round}/${delayMs} `;
      sent += word;
      client.write(word);
      await sleep(2);
    }
    // What was delayed is due by now, and its timer late, when the next word comes.
    keepBusy(DELAY_MS);
  }
  await expect.poll(() => arrived.length, SOON).toBe(sent.length);
  expect(arrived).toBe(sent);
});
