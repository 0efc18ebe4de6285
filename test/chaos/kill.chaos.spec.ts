import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkLog } from '@bulkhead/checker';
import type { RecordedEvent } from '@bulkhead/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCredentialsFile } from '../../apps/cli/src/credentials/credentials-file.js';
import { generateLog } from '../../apps/cli/src/demo/generate-log.js';
import {
  type Installation,
  makeTemporaryHome,
  startInstallation,
} from '../../apps/cli/src/demo/installation.js';
import type { ApiClient } from '../../apps/cli/src/http/api-client.js';
import { readLogPage } from '../../apps/cli/src/http/audit-events.js';
import { LONG_RETRIES } from '../../apps/cli/src/http/retry-plan.js';
import type { ImportOptions } from '../../apps/cli/src/import/import-options.js';
import { journalsIn } from '../../apps/cli/src/import/journals.js';
import { runImport } from '../../apps/cli/src/import/run-import.js';
import type { ImportSummary } from '../../apps/cli/src/import/summary.js';
import { nowMs, openClient, sleep } from '../../apps/cli/src/sources.js';
import { processTree } from '../../bench/process-tree.js';
import { chaosSeed, killPlan } from './kill-plan.js';
import { Killer, PARTS } from './killer.js';

const LAUNCHER = fileURLToPath(new URL('../../dist/apps/launcher/src/main.js', import.meta.url));
/** Coming up, six seconds of jobs, three parts that come back and are waited for, and the check: 40 s where little else runs. */
const RUN_TIMEOUT_MS = 240_000;
const STOP_TIMEOUT_MS = 60_000;
/** After the launcher has said that everything is stopped. */
const GONE_WITHIN_MS = 5_000;
const JOBS = 160;
/** At this speed the jobs arrive over about six seconds, and each runs for up to two. */
const SPEED = 400;
/** Few enough that jobs wait for room, and that each host runs some when it goes down. */
const HOSTS = 8;
const seed = chaosSeed(process.env, Math.random);
const plan = killPlan(seed);

const options = (home: string, file: string): ImportOptions => ({
  file,
  selection: { kind: 'all' },
  trustedGroup: 2,
  hostile: { kind: 'percentage', percentage: 25 },
  perProcessor: { cpuMillis: 1_000, memoryMiB: 64 },
  unknownEvery: 10,
  hosts: HOSTS,
  cordonOthers: true,
  speed: SPEED,
  atOnce: false,
  concurrency: 16,
  seed,
  stallSeconds: 40,
  journals: join(home, 'simulated-hosts', 'journals'),
});

describe(`a run in which every process is killed once, as seed ${seed} decides`, () => {
  const home = makeTemporaryHome();
  let installation: Installation;
  let killer: Killer;
  let summary: ImportSummary;
  const events: RecordedEvent[] = [];

  beforeAll(async () => {
    const kills = plan.map(({ part, share }) => `${part} at ${Math.round(share * 100)} %`);
    console.info(`CHAOS_SEED=${seed}: ${kills.join(', ')}`);
    const file = join(home.path, 'chaos.swf');
    writeFileSync(file, generateLog(JOBS, seed));
    installation = await startInstallation(LAUNCHER, home.path, process.env);
    killer = new Killer(installation.pid, plan);
    const credentials = readCredentialsFile(join(home.path, 'credentials.json'));
    const clientFor = (credential: Parameters<typeof openClient>[1]) =>
      openClient(credentials.url, credential, LONG_RETRIES);
    const auditor = clientFor(credentials.auditor);
    summary = await runImport(options(home.path, file), {
      operator: clientFor(credentials.operator),
      auditor,
      clientFor,
      runId: 'chaos',
      nowMs,
      sleep,
      signal: new AbortController().signal,
      step: () => undefined,
      progress: (counts) => killer.see(counts),
    });
    console.info(JSON.stringify(summary));
    for await (const recorded of wholeLog(auditor)) events.push(recorded);
  }, RUN_TIMEOUT_MS);

  afterAll(async () => {
    await installation?.stop();
    home.remove();
  }, STOP_TIMEOUT_MS);

  it('kills the api, the worker and the simulated hosts while jobs run', () => {
    expect(killer.killed).toEqual(plan.map(({ part }) => part));
    expect([...killer.killed].sort()).toEqual([...PARTS].sort());
  });

  it('brings every accepted workload to success', () => {
    expect(summary.stalled).toBeNull();
    expect(summary.jobs).toMatchObject({ accepted: JOBS, turnedDown: 0, unfinished: 0 });
    expect(summary.outcomes.succeeded).toBe(JOBS);
  });

  it('tries again, without counting it, what ran on a host that went down', () => {
    const failed = events.flatMap(({ event }) => (event.type === 'AttemptFailed' ? [event] : []));
    expect(failed.length).toBeGreaterThan(0);
    expect(failed.filter(({ payload }) => payload.countsAgainstMaxAttempts)).toEqual([]);
  });

  it('leaves a log and journals that show nothing run twice at once, and nothing left over', async () => {
    const report = await checkLog({
      events,
      journals: journalsIn(options(home.path, '').journals),
      options: { mustBeFinished: true },
    });
    expect(report.violations).toEqual([]);
    expect(report.journalEntries).toBeGreaterThan(JOBS);
    expect(report.notChecked.filter((sentence) => /journal/.test(sentence))).toEqual([]);
  });

  it(
    'stops every process with the launcher, whichever were started again',
    async () => {
      const before = processTree(installation.pid).map(({ pid }) => pid);
      expect(before.length).toBeGreaterThan(PARTS.length);
      await installation.stop();
      // What has ended and waits for init to take note of it has no command line any more.
      const running = () =>
        before.flatMap((pid) => processTree(pid)).filter(({ command }) => command !== '');
      await expect.poll(running, { timeout: GONE_WITHIN_MS }).toEqual([]);
    },
    STOP_TIMEOUT_MS,
  );
});

async function* wholeLog(auditor: ApiClient): AsyncGenerator<RecordedEvent> {
  for (let position = 0; ; ) {
    const { events, isEnd } = await readLogPage(auditor, position);
    yield* events;
    position = events.at(-1)?.position ?? position;
    if (isEnd) return;
  }
}
