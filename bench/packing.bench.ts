import { fileURLToPath } from 'node:url';
import { processorsOf } from '../apps/cli/src/import/job-request.js';
import { selectJobs } from '../apps/cli/src/swf/select-jobs.js';
import type { SwfJob } from '../apps/cli/src/swf/swf-job.js';
import { rounded } from './append/statistics.js';
import { runningAtBusiest } from './packing/busiest-moment.js';
import {
  type Capacity,
  firstFitDecreasing,
  type Item,
  lowerBound,
} from './packing/first-fit-decreasing.js';
import { hostsUsedOnline } from './packing/place-online.js';
import { loads } from './placement/workloads.js';

/** Beside the repository, seen from where the build puts this file. */
const SHARED_LOG = fileURLToPath(
  new URL('../../../shared/data/NASA-iPSC-1993-3.1-cln.swf.gz', import.meta.url),
);
/** A host takes the whole machine of the log, so that its largest job fits. */
const LOG_HOST = { cpuMillis: 128_000, memoryMiB: 131_072 };
const PER_PROCESSOR = { cpuMillis: 1_000, memoryMiB: 1_024 };
/** The machine of the log was never fuller than itself: closer arrivals need many hosts. */
const DENSER = 50;
/** Three to four hosts for each boundary, about as in the benchmark of placement: many tenants, none of them large. */
const GENERATED: Mix = { workloads: 5_000, boundaries: 100 };
/** How much of the rest is due to the kernel that every boundary is filling, by hosts for each boundary. */
const OTHERS: Readonly<Record<string, Mix>> = {
  boundaries10: { workloads: 5_000, boundaries: 10 },
  boundaries25: { workloads: 5_000, boundaries: 25 },
  boundaries400: { workloads: 5_000, boundaries: 400 },
  fourTimesTheWorkloads: { workloads: 20_000, boundaries: 100 },
  fourTimesBoth: { workloads: 20_000, boundaries: 400 },
};
/** `loads` makes a boundary for every four hosts. */
const HOSTS_PER_BOUNDARY = 4;
interface Mix {
  readonly workloads: number;
  readonly boundaries: number;
}

const GENERATED_HOST = { cpuMillis: 32_000, memoryMiB: 131_072 };

/**
 * Hosts that the placer uses, placing each workload as it comes, against offline first-fit-decreasing under
 * the same constraints, which is itself held against what capacity alone demands. BULKHEAD_WORKLOAD_LOG names
 * another log.
 */
export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  if (args.length > 0) throw new Error('packing takes no arguments');
  const jobs: SwfJob[] = [];
  const path = process.env['BULKHEAD_WORKLOAD_LOG'] ?? SHARED_LOG;
  for await (const job of selectJobs(path, { kind: 'all' })) jobs.push(job);
  const log = compare(itemsOf(runningAtBusiest(jobs, 1)), LOG_HOST);
  const denserLog = compare(itemsOf(runningAtBusiest(jobs, DENSER)), LOG_HOST);
  const generated = compare(generatedItems(GENERATED), GENERATED_HOST);
  const others = Object.fromEntries(
    Object.entries(OTHERS).map(([name, mix]) => [
      name,
      compare(generatedItems(mix), GENERATED_HOST),
    ]),
  );
  const otherRatios = Object.fromEntries(
    Object.entries(others).map(([name, { ratio }]) => [name, ratio]),
  );
  const bound = {
    log: log.ratio,
    denserLog: denserLog.ratio,
    generated: generated.ratio,
    otherMixes: otherRatios,
  };
  const detail = { log, denserLog, generated, otherMixes: others };
  return { ratios: { bound }, detail };
}

/** Every user is a tenant of its own, and may share kernels with nobody. */
function itemsOf(jobs: readonly SwfJob[]): Item[] {
  return jobs.map((job) => ({
    cpuMillis: processorsOf(job) * PER_PROCESSOR.cpuMillis,
    memoryMiB: processorsOf(job) * PER_PROCESSOR.memoryMiB,
    silosOf: `user ${job.user}`,
  }));
}

/** 40 % need a utility VM. */
function generatedItems({ workloads, boundaries }: Mix): Item[] {
  return loads(workloads, boundaries * HOSTS_PER_BOUNDARY, 3).map(({ wanted }) => ({
    ...wanted.needed,
    silosOf: wanted.isolation === 'hyperv' ? null : String(wanted.boundary),
  }));
}

function compare(items: readonly Item[], of: Capacity) {
  const ours = hostsUsedOnline(items, of);
  const firstFit = firstFitDecreasing(items, of);
  const ratio = rounded(ours / firstFit);
  return { workloads: items.length, ours, firstFit, capacityBound: lowerBound(items, of), ratio };
}
