import { policyVersion1, type RecordedEvent, seededCatalogue } from '@bulkhead/domain';
import { CALIBRATION } from '@bulkhead/hypervisor/simulated';
import { generatedMix, MIX_DEFAULTS } from '../mix/generated-mix.js';
import { simulate } from '../simulation.js';
import { type Experiment, published, rounded } from './experiment.js';

const HOSTILE_PERCENT = [0, 50, 100] as const;
const HOSTS = {
  count: 4,
  cpuMillis: 32_000,
  memoryMiB: 65_536,
  osVersions: [{ major: 10, minor: 0, build: 20348, revision: 2461 }],
} as const;
const WORKLOADS = 200;
const OVERHEAD =
  'kubernetes-sigs/windows-testing pull requests 560 (512 MiB reserved) and 567 (500 MiB of kernel pool besides)';

/** One mix, in which the others are trusted and share a boundary. */
function run(hostilePercent: number) {
  const settings = { workloads: WORKLOADS, images: 'nanoserver', loadPercent: 25 } as const;
  const mix = {
    ...MIX_DEFAULTS,
    ...settings,
    hostilePercent,
    trustedPercent: 100 - hostilePercent,
  };
  const asked = new Map<string, number>();
  let beyondMiB = 0;
  const follow = ({ stream, event }: RecordedEvent) => {
    if (event.type === 'WorkloadSubmitted') {
      asked.set(stream, event.payload.request.resources.memoryMiB);
    } else if (event.type === 'WorkloadPlaced') {
      beyondMiB += event.payload.reserved.memoryMiB - (asked.get(stream) ?? 0);
    }
  };
  const scenario = {
    seed: 1,
    hosts: HOSTS,
    ...generatedMix(mix, HOSTS, 1),
    images: seededCatalogue,
  };
  const report = simulate({ ...scenario, policyFor: () => policyVersion1 }, follow);
  const starts = [report.startMs.process, report.startMs.cold].filter((spread) => spread !== null);
  const totalMs = starts.reduce((sum, { count, meanMs }) => sum + count * meanMs, 0);
  return {
    label: `${hostilePercent} % hostile`,
    startSeconds: rounded(totalMs / WORKLOADS / 1_000),
    beyondMiB: rounded(beyondMiB / WORKLOADS),
    tenantPairs: report.exposure.tenantPairs,
    share: (report.isolations['hyperv'] ?? 0) / WORKLOADS,
  };
}

export const wallCost: Experiment = {
  name: 'wall-cost',
  question: 'What does the wall cost a fleet, by how many of its tenants are hostile?',
  run: () => {
    const mixes = HOSTILE_PERCENT.map(run);
    return {
      panels: [
        {
          name: 'memory',
          title: 'Memory that the wall takes, for each workload of the mix',
          unit: 'MiB beyond what it asked for',
          findings: mixes.map(({ label, beyondMiB, share }) => ({
            label,
            value: beyondMiB,
            expected: published(Math.floor(share * 512), Math.ceil(share * 1_012), OVERHEAD),
          })),
        },
        {
          name: 'start',
          title: 'Start of a workload of the mix',
          unit: 'seconds, mean',
          findings: mixes.map(({ label, startSeconds }) => ({
            label,
            value: startSeconds,
            expected: null,
          })),
        },
        {
          name: 'exposure',
          title: 'Pairs of tenants that shared a kernel',
          unit: 'pairs',
          findings: mixes.map(({ label, tenantPairs }) => ({
            label,
            value: tenantPairs,
            expected: null,
          })),
        },
      ],
      assumptions: [
        CALIBRATION.processNano,
        CALIBRATION.hypervNano,
        CALIBRATION.utilityVmMemory,
        CALIBRATION.utilityVmKernelPool,
        CALIBRATION.concurrencySlowdown,
      ],
    };
  },
};
