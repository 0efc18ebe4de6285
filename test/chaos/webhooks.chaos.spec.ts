import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCredentialsFile } from '../../apps/cli/src/credentials/credentials-file.js';
import {
  type Installation,
  makeTemporaryHome,
  startInstallation,
} from '../../apps/cli/src/demo/installation.js';
import type { ApiClient } from '../../apps/cli/src/http/api-client.js';
import { LONG_RETRIES } from '../../apps/cli/src/http/retry-plan.js';
import { openClient } from '../../apps/cli/src/sources.js';
import { killPart } from './killer.js';

const LAUNCHER = fileURLToPath(new URL('../../dist/apps/launcher/src/main.js', import.meta.url));
const RUN_TIMEOUT_MS = 180_000;
const TASKS = 24;
/** The worker is killed when it has sent these, and has not heard the answer. */
const KILLED_AT: ReadonlySet<number> = new Set([3, 14]);
const ANSWER_AFTER_MS = 150;

interface Heard {
  readonly id: string;
  readonly subject: string;
  readonly type: string;
}

describe('messages while workers are killed in the middle of sending them', () => {
  const home = makeTemporaryHome();
  const heard: Heard[] = [];
  const forged: string[] = [];
  let secret = '';
  let receiver: Server;
  let installation: Installation;
  let client: ApiClient;

  beforeAll(async () => {
    const environment = { ...process.env, WEBHOOK_ALLOWED_NETWORKS: '127.0.0.0/8' };
    installation = await startInstallation(LAUNCHER, home.path, environment);
    const { url, tenants } = readCredentialsFile(join(home.path, 'credentials.json'));
    const [tenant] = tenants;
    if (tenant === undefined) throw new Error('the installation has no tenant');
    client = openClient(url, tenant, LONG_RETRIES);
    receiver = createServer(async (request, response) => {
      let body = '';
      for await (const part of request) body += part;
      try {
        const headers = request.headers as Record<string, string>;
        const told = new Webhook(secret).verify(body, headers) as {
          type: string;
          data: { id: string };
        };
        const { type, data } = told;
        heard.push({ id: headers['webhook-id'] ?? '', subject: data.id, type });
      } catch (error) {
        forged.push(String(error));
      }
      if (KILLED_AT.has(heard.length)) killPart(installation.pid, 'worker');
      setTimeout(() => response.writeHead(204).end(), ANSWER_AFTER_MS);
    });
    await once(receiver.listen(0, '127.0.0.1'), 'listening');
  }, RUN_TIMEOUT_MS);
  afterAll(async () => {
    receiver?.closeAllConnections();
    receiver?.close();
    await installation?.stop();
    home.remove();
  }, RUN_TIMEOUT_MS);

  it(
    'arrive at least once each, and a repetition has the same id',
    async () => {
      const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/`;
      const created = (await client.post('/v1/webhooks', { url }, 'webhook')).body;
      const { id, secret: drawn } = created as { id: string; secret: string };
      secret = drawn;
      const batch = {
        name: 'told',
        taskDefaults: {
          image: 'mcr.microsoft.com/windows/nanoserver:ltsc2022',
          resources: { cpuMillis: 100, memoryMiB: 64 },
          simulation: { durationMs: 0, exitCode: 0 },
        },
        count: TASKS,
      };
      await client.post('/v1/batches', batch, 'batch');
      const subjects = () => new Set(heard.map(({ subject }) => subject));
      await expect
        .poll(() => subjects().size, { timeout: RUN_TIMEOUT_MS - 30_000, interval: 200 })
        .toBe(TASKS + 1);
      const outcomes = async () => {
        const { body } = await client.get(`/v1/webhooks/${id}/deliveries?limit=200`);
        return (body as { items: { outcome: string }[] }).items.map(({ outcome }) => outcome);
      };
      const delivered = Array(TASKS + 1).fill('delivered');
      await expect.poll(outcomes, { timeout: 40_000, interval: 500 }).toEqual(delivered);
      expect(forged).toEqual([]);
      const idsOf = (one: string) => heard.filter(({ subject }) => subject === one);
      for (const subject of subjects()) {
        expect(new Set(idsOf(subject).map((message) => message.id)).size, subject).toBe(1);
      }
      expect(new Set(heard.map((message) => message.id)).size).toBe(TASKS + 1);
      // What was under way when the worker was killed was sent again: both kills came in the middle.
      expect(heard.length).toBeGreaterThan(TASKS + KILLED_AT.size);
    },
    RUN_TIMEOUT_MS,
  );
});
