import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { quietPort } from '../../quiet-port.js';
import { ApiUnderTest, submission, webhookKey } from './api-under-test.js';
import { WebhookWorker } from './webhook-worker.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const guide = readFileSync(new URL('../../../docs/guides/webhooks.md', import.meta.url), 'utf8');

let api: ApiUnderTest;
let worker: WebhookWorker;
let receiver: ChildProcess | undefined;

beforeAll(async () => {
  api = await ApiUnderTest.start();
  worker = await WebhookWorker.start(api.database.workerUrl, webhookKey);
});
afterAll(async () => {
  receiver?.kill('SIGKILL');
  await worker.stop();
  await api.stop();
});

/** The receiver of the guide as it stands there, and what it prints. */
async function startReceiver(secret: string, port: number): Promise<() => string> {
  const [, program = ''] = /```js\n([\s\S]*?)```/.exec(guide) ?? [];
  const environment = { PATH: process.env['PATH'], WEBHOOK_SECRET: secret, PORT: String(port) };
  const child = spawn(process.execPath, ['--input-type=module'], {
    ...{ cwd: ROOT, env: environment, stdio: ['pipe', 'pipe', 'inherit'] },
  });
  receiver = child;
  let printed = '';
  child.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  child.stdin.end(program);
  await expect
    .poll(async () => {
      const socket = connect(port, '127.0.0.1');
      const [event] = await Promise.race([
        once(socket, 'connect').then(() => ['connect']),
        new Promise<string[]>((failed) => socket.once('error', () => failed(['error']))),
      ]);
      socket.destroy();
      return event;
    })
    .toBe('connect');
  return () => printed;
}

describe('the receiver in the guide', () => {
  it('prints each message once, and refuses what was not signed for it', async () => {
    const operator = await api.platformToken('operator');
    const { token } = await api.tenant(operator);
    const port = await quietPort();
    const url = `http://127.0.0.1:${port}/`;
    const { id, secret } = (await api.post('/v1/webhooks', token, { url })).body;
    const printed = await startReceiver(secret, port);
    const forged = await fetch(url, { method: 'POST', body: '{"type":"workload.succeeded"}' });
    expect(forged.status).toBe(401);
    const workload = (await api.post('/v1/workloads', token, submission())).body.id;
    await api.post(`/v1/workloads/${workload}/cancel`, token, {});
    await expect.poll(printed).toBe(`workload.cancelled ${workload}\n`);
    const outcome = async () => {
      const { body } = await api.get(`/v1/webhooks/${id}/deliveries`, token);
      return [body.items[0].outcome, body.items[0].tries];
    };
    await expect.poll(outcome).toEqual(['delivered', 1]);
    // As if the worker had been killed before it noted the answer.
    await worker.stores.pool.query(
      `UPDATE webhooks.messages SET outcome = 'waiting', ended_at = NULL, due_at = now()`,
    );
    await expect.poll(outcome).toEqual(['delivered', 2]);
    expect(printed()).toBe(`workload.cancelled ${workload}\n`);
  });
});
