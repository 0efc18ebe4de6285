import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TenantId } from '@bulkhead/domain';
import { beforeAll, describe, expect, it } from 'vitest';
import { readCredentialsFile } from '../../apps/cli/src/credentials/credentials-file.js';
import type { ApiClient } from '../../apps/cli/src/http/api-client.js';
import { LONG_RETRIES } from '../../apps/cli/src/http/retry-plan.js';
import type { ImportOptions } from '../../apps/cli/src/import/import-options.js';
import { runImport } from '../../apps/cli/src/import/run-import.js';
import type { ImportSummary } from '../../apps/cli/src/import/summary.js';
import { nowMs, openClient, sleep } from '../../apps/cli/src/sources.js';
import { Killer } from '../chaos/killer.js';
import type { CommandLine } from '../e2e/commands/command-line.contract.js';
import { foldWholeLog, readModelDifferences } from './read-model-differences.js';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const SHARED_LOG = at('../../../shared/data/NASA-iPSC-1993-3.1-cln.swf.gz');
const log = process.env['BULKHEAD_WORKLOAD_LOG'] || SHARED_LOG;

/** How much of the log is run: `.ci/run` keeps three minutes for the whole of it, and `npm test` has five for everything. */
export type Extent = 'sample' | 'whole';
/** Of the whole log `.ci/run` waits for what is left of its time, and whoever runs nothing else for two minutes and a half. */
const RUN_TIMEOUT_MS = { sample: 120_000, whole: 600_000 } as const;
const COMPARE_TIMEOUT_MS = { sample: 30_000, whole: 120_000 } as const;
const LISTS_TRAIL_MS = 30_000;
const SAMPLE_JOBS = 300;
const KNOWN_LOG = { name: 'NASA-iPSC-1993-3.1-cln.swf.gz', jobs: 18_239 } as const;
/** The api dies while jobs are still being submitted, so that some answers are lost on their way. */
const KILLS = [
  { part: 'worker', when: 'finished', share: 0.1 },
  { part: 'api', when: 'submitted', share: 0.7 },
] as const;

if (!existsSync(log)) {
  console.warn(
    `\n!! The real job log is not at ${log}: its tests are skipped. Set BULKHEAD_WORKLOAD_LOG.\n`,
  );
}

const options = (home: string, extent: Extent): ImportOptions => ({
  file: log,
  selection: extent === 'whole' ? { kind: 'all' } : { kind: 'sample', count: SAMPLE_JOBS },
  trustedGroup: 2,
  hostile: { kind: 'percentage', percentage: 20 },
  perProcessor: { cpuMillis: 1_000, memoryMiB: 64 },
  unknownEvery: 10,
  hosts: 24,
  cordonOthers: true,
  speed: 10_000,
  atOnce: true,
  concurrency: 32,
  seed: 1,
  stallSeconds: 60,
  journals: join(home, 'simulated-hosts', 'journals'),
});

/**
 * Imports jobs of the real log into an installation, and judges what came of them. The whole of it is run
 * with worker and api killed on the way.
 */
export function describeRealLog({ home, pid }: CommandLine, extent: Extent): void {
  const isWhole = extent === 'whole';
  const scope = isWhole
    ? 'the whole real job log, with worker and api killed on the way'
    : `a sample of ${SAMPLE_JOBS} jobs of the real log`;

  describe.skipIf(!existsSync(log))(scope, () => {
    const tenants = new Map<TenantId, ApiClient>();
    let auditor: ApiClient;
    let summary: ImportSummary;
    let killer: Killer;

    beforeAll(async () => {
      killer = new Killer(pid(), isWhole ? KILLS : []);
      const file = readCredentialsFile(join(home, 'credentials.json'));
      const clientFor = (credential: Parameters<typeof openClient>[1]) =>
        openClient(file.url, credential, LONG_RETRIES);
      auditor = clientFor(file.auditor);
      summary = await runImport(options(home, extent), {
        operator: clientFor(file.operator),
        auditor,
        clientFor,
        runId: 'real-log',
        nowMs,
        sleep,
        signal: new AbortController().signal,
        step: () => undefined,
        tenantReady: ({ id, credential }) => tenants.set(id, clientFor(credential)),
        progress: (counts) => killer.see(counts),
      });
      console.info(JSON.stringify(summary));
    }, RUN_TIMEOUT_MS[extent]);

    it('brings every job to the end that it should have', () => {
      expect(summary.stalled).toBeNull();
      expect(summary.jobs).toMatchObject({ malformedLines: 0, turnedDown: 0, unfinished: 0 });
      expect(summary.outcomes).toEqual({
        succeeded: summary.jobs.selected,
        failed: 0,
        cancelled: 0,
        'timed-out': 0,
        rejected: 0,
      });
      if (isWhole && log.endsWith(KNOWN_LOG.name)) {
        expect(summary.jobs.selected).toBe(KNOWN_LOG.jobs);
      }
      expect(killer.killed).toEqual(isWhole ? ['worker', 'api'] : []);
    });

    it('gives hostile tenants and unknown images utility VMs, and others silos', () => {
      expect(summary.tenants.hostile).toBeGreaterThan(0);
      expect(summary.isolation.process).toBeGreaterThan(0);
      expect(summary.isolation.hyperv).toBeGreaterThan(0);
      const rules = summary.isolation.reasons.map(({ rule }) => rule);
      expect(rules).toEqual(expect.arrayContaining(['tenant-hostile', 'untrusted-publisher']));
    });

    it('lets trusted tenants share a kernel', () => {
      expect(summary.kernelSharing.kernels).toBeGreaterThan(0);
      expect(summary.kernelSharing.tenants).toBeGreaterThan(1);
    });

    it('leaves a log and journals in which the checker finds nothing', () => {
      expect(summary.check.firstViolations).toEqual([]);
      expect(summary.check.violations).toBe(0);
      expect(summary.check.journalEntries).toBeGreaterThan(summary.jobs.selected);
      expect(summary.check.notChecked.filter((sentence) => /journal/.test(sentence))).toEqual([]);
    });

    it(
      'shows in every list what the fold of its streams gives',
      async () => {
        const folded = await foldWholeLog(auditor);
        const giveUpAtMs = nowMs() + LISTS_TRAIL_MS;
        let workloads = 0;
        for (const [id, client] of tenants) {
          const own = folded.get(id) ?? new Map();
          let differences = await readModelDifferences(client, own);
          // Lists may trail what has ended, but not for long.
          while (differences.length > 0 && nowMs() < giveUpAtMs) {
            await sleep(500);
            differences = await readModelDifferences(client, own);
          }
          expect(differences.slice(0, 3)).toEqual([]);
          workloads += own.size;
        }
        expect(workloads).toBe(summary.jobs.selected);
      },
      COMPARE_TIMEOUT_MS[extent],
    );
  });
}
