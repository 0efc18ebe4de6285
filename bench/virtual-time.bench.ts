import { rounded } from './append/statistics.js';
import { fullFleet } from './virtual-time/full-fleet.js';
import { noOpFleet } from './virtual-time/no-op-fleet.js';

const EVENTS = 2_000_000;
const ROUNDS = 5;
const FEW_HOSTS = 100;
const MORE_HOSTS = [1_000, 10_000] as const;

/**
 * The core of virtual time alone: events per second of a core with timers that only set the next one, and what an
 * event costs more where more hosts wait. Rounds take turns, so that a neighbour's noise meets all of them.
 * With `--full` a fleet of 10,000 hosts runs 1,000,000 workloads besides.
 */
export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  const fleet = fleetIn(args);
  return {
    ...core(),
    ...(fleet === null ? {} : { fleet: fullFleet(fleet.hosts, fleet.workloads) }),
  };
}

/** `--full`, or `--fleet 1000:50000` for another size. */
function fleetIn(args: readonly string[]): { hosts: number; workloads: number } | null {
  const [flag, size, ...more] = args;
  if (flag === undefined) return null;
  if (flag === '--full' && size === undefined) return { hosts: 10_000, workloads: 1_000_000 };
  const [, hosts, workloads] = /^([1-9]\d{0,4}):([1-9]\d{0,6})$/.exec(size ?? '') ?? [];
  if (flag !== '--fleet' || hosts === undefined || more.length > 0) {
    throw new Error('virtual-time takes --full, or --fleet HOSTS:WORKLOADS');
  }
  return { hosts: Number(hosts), workloads: Number(workloads) };
}

function core(): Record<string, unknown> {
  const nanoseconds = new Map<number, number[]>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const hosts of [FEW_HOSTS, ...MORE_HOSTS]) {
      const took = nanoseconds.get(hosts) ?? [];
      nanoseconds.set(hosts, [...took, noOpFleet(hosts, EVENTS)]);
    }
  }
  const median = (values: readonly number[]) =>
    [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
  const typical = (hosts: number) => median(nanoseconds.get(hosts) ?? []);
  const growth = (hosts: number) =>
    rounded(
      median(
        (nanoseconds.get(hosts) ?? []).map(
          (ns, at) => ns / (nanoseconds.get(FEW_HOSTS)?.[at] ?? 1),
        ),
      ),
    );
  return {
    eventsPerSecond: Math.round(1e9 / typical(FEW_HOSTS)),
    perEventGrowth: Object.fromEntries(MORE_HOSTS.map((hosts) => [hosts, growth(hosts)])),
    nanosecondsPerEvent: Object.fromEntries(
      [FEW_HOSTS, ...MORE_HOSTS].map((hosts) => [hosts, Math.round(typical(hosts))]),
    ),
  };
}
