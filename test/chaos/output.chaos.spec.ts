import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCredentialsFile } from '../../apps/cli/src/credentials/credentials-file.js';
import {
  type Installation,
  makeTemporaryHome,
  startInstallation,
} from '../../apps/cli/src/demo/installation.js';
import type { ApiClient } from '../../apps/cli/src/http/api-client.js';
import { LONG_RETRIES } from '../../apps/cli/src/http/retry-plan.js';
import type { StreamClient } from '../../apps/cli/src/http/stream-client.js';
import type { ShownChunk } from '../../apps/cli/src/output/log-writer.js';
import { openClient, openStreams } from '../../apps/cli/src/sources.js';
import { killPart } from './killer.js';

const LAUNCHER = fileURLToPath(new URL('../../dist/apps/launcher/src/main.js', import.meta.url));
/** The run, and three times a process that comes back and takes its leases anew: half a minute where little else runs. */
const RUN_TIMEOUT_MS = 180_000;
const IMAGE = 'mcr.microsoft.com/windows/nanoserver:ltsc2022';
const LINES = Array.from(
  { length: 80 },
  (_, at) => `line ${at} of a run that outlives its worker\n`,
);
/** Long enough that both processes can be killed and come back while it goes on. */
const RUN_MS = 12_000;

describe('what a workload writes while worker and api are killed', () => {
  const home = makeTemporaryHome();
  let installation: Installation;
  let client: ApiClient;
  let streams: StreamClient;

  beforeAll(async () => {
    installation = await startInstallation(LAUNCHER, home.path, process.env);
    const { url, tenants } = readCredentialsFile(join(home.path, 'credentials.json'));
    const [tenant] = tenants;
    if (tenant === undefined) throw new Error('the installation has no tenant');
    client = openClient(url, tenant, LONG_RETRIES);
    streams = openStreams(url, tenant, LONG_RETRIES);
  }, RUN_TIMEOUT_MS);
  afterAll(async () => {
    await installation?.stop();
    home.remove();
  }, RUN_TIMEOUT_MS);

  it(
    'is stored once, and reaches a follower without gap or repetition',
    async () => {
      const submission = {
        image: IMAGE,
        resources: { cpuMillis: 250, memoryMiB: 128 },
        simulation: { durationMs: RUN_MS, exitCode: 0, stdout: LINES.join('') },
      };
      const { body } = await client.post('/v1/workloads', submission, 'output-chaos');
      const { id } = body as { id: string };
      const heard: ShownChunk[] = [];
      const kills = new Map([
        [8, 'worker'],
        [30, 'api'],
        [45, 'worker'],
      ] as const);
      let end: unknown;
      for await (const { event, data } of streams.messages(
        `/v1/workloads/${id}/logs?follow=true`,
      )) {
        if (event === 'end') end = data;
        if (event !== undefined) continue;
        heard.push(data as ShownChunk);
        const due = [...kills].find(([chunks]) => heard.length >= chunks);
        if (due === undefined) continue;
        killPart(installation.pid, due[1]);
        kills.delete(due[0]);
      }
      expect(kills.size).toBe(0);
      expect(end).toEqual({ status: 'succeeded' });
      expect(heard.map(({ text }) => text)).toEqual(LINES);
      expect(heard.map(({ offset }) => offset)).toEqual(LINES.map((_, at) => at));
      const page = await client.get(`/v1/workloads/${id}/logs?limit=200`);
      expect((page.body as { items: unknown }).items).toEqual(heard);
      const read = await client.get(`/v1/workloads/${id}`);
      expect((read.body as { attempts: unknown[] }).attempts).toHaveLength(1);
    },
    RUN_TIMEOUT_MS,
  );
});
