import { rounded, spreadOf } from './append/statistics.js';
import { byIndex, byScan, Placing, type Times } from './placement/placing.js';
import { loads } from './placement/workloads.js';

const FLEETS = [100, 1_000, 10_000];
const WORKLOADS = 100_000;
const ROUNDS = 3;
/** What is placed by turns on the full fleet, by the index and by looking at every host. */
const COMPARED = 400;
const COMPARED_ROUNDS = 5;

/**
 * Places 100,000 workloads onto fleets of three sizes that are kept full, on one core, all constraints and
 * preferences on; then lets the index and a linear scan of the same rules take turns on the full fleet.
 * Both must give the same answers, or there are no figures.
 */
export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  if (args.length > 0) throw new Error('placement takes no arguments');
  const perSecond: Record<string, number> = {};
  const linearScan: Record<string, number> = {};
  const scanPerSecond: Record<string, number> = {};
  const perCpuSecond: Record<string, number> = {};
  const detail: Record<string, Times> = {};
  for (const hosts of FLEETS) {
    const { best, placing } = measure(hosts);
    perSecond[hosts] = best.perSecond;
    perCpuSecond[hosts] = best.perCpuSecond;
    detail[hosts] = best;
    const compared = compare(placing, hosts);
    linearScan[hosts] = compared.ratio;
    scanPerSecond[hosts] = compared.scanPerSecond;
    console.error(`${hosts} hosts: ${best.perSecond}/s, ${compared.ratio} times a linear scan`);
  }
  const largest = detail[10_000] as Times;
  return {
    workloads: WORKLOADS,
    perSecond,
    ratios: { linearScan, hundredToTenThousand: ratio(perSecond[100], perSecond[10_000]) },
    perCpuSecond,
    scanPerSecond,
    releasePerPlacement: ratio(largest.microsecondsPerRelease, largest.microsecondsPerPlacement),
    hostChangePerPlacement: ratio(
      largest.microsecondsPerHostChange,
      largest.microsecondsPerPlacement,
    ),
    detail,
  };
}

/** The round of median speed, and its fleet. */
function measure(hosts: number): { best: Times; placing: Placing } {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const placing = new Placing(hosts);
    return { best: placing.run(WORKLOADS), placing };
  }).sort((a, b) => a.best.perSecond - b.best.perSecond);
  return rounds[Math.floor(ROUNDS / 2)] as { best: Times; placing: Placing };
}

function compare(placing: Placing, hosts: number): { ratio: number; scanPerSecond: number } {
  const sample = loads(COMPARED, hosts, 2);
  placing.sameAnswers(sample);
  const ratios: number[] = [];
  const scans: number[] = [];
  for (let round = 0; round < COMPARED_ROUNDS; round += 1) {
    placing.giveBack(COMPARED);
    const scan = placing.timeOf(byScan, sample);
    placing.giveBack(COMPARED);
    const index = placing.timeOf(byIndex, sample);
    ratios.push(scan / index);
    scans.push(1_000 / scan);
  }
  const median = (values: number[]) => spreadOf(values)?.median ?? 0;
  return { ratio: median(ratios), scanPerSecond: Math.round(median(scans)) };
}

function ratio(one: number | undefined, other: number | undefined): number {
  return rounded((one ?? 0) / (other ?? 1));
}
