import type { TimeMs } from '@bulkhead/domain';
import type { Spread } from './measures/distribution.js';
import { type Measures, START_PATHS, type StartPath } from './measures/measures.js';
import type { Sample } from './measures/series.js';
import type { Exposure } from './measures/shared-kernels.js';
import type { Scenario } from './scenario.js';

/** What a simulation found; every figure follows from scenario and seed. */
export interface SimulationReport {
  readonly hosts: number;
  readonly workloads: number;
  readonly outcomes: Readonly<Record<string, number>>;
  /** Workloads that still waited when nothing could happen any more. */
  readonly unfinished: number;
  readonly isolations: Readonly<Record<string, number>>;
  /** By id of the rule: how many workloads were placed with it as a reason. */
  readonly reasons: Readonly<Record<string, number>>;
  /** By cause: how many were told that they had to wait for it. */
  readonly deferrals: Readonly<Record<string, number>>;
  /** What the host took from the order to start until it ran. */
  readonly startMs: Readonly<Record<StartPath, Spread | null>>;
  readonly waitingMs: Spread | null;
  readonly density: {
    readonly meanPlaced: number;
    readonly peakPlaced: number;
    readonly meanHostsInUse: number;
    /** Workloads on a host that has any. */
    readonly meanPerHostInUse: number;
    readonly peakPerHost: number;
  };
  readonly memory: {
    readonly fleetMiB: number;
    /** Until the last workload has ended. */
    readonly meanReservedMiB: number;
    /** Until the last one was submitted: what `load` of a generated mix is to be compared with. */
    readonly meanReservedWhileArrivingMiB: number;
    readonly peakReservedMiB: number;
    /** Physical memory that the hosts' model says is in use, their own reserve included; over the samples. */
    readonly meanInUseMiB: number;
    readonly peakInUseMiB: number;
  };
  readonly exposure: Exposure;
  readonly simulatedMs: number;
  readonly events: number;
  /** Of all events in their order: equal for equal runs. */
  readonly eventHash: string;
  readonly samples: readonly Sample[];
}

export function reportOf(
  scenario: Scenario,
  measures: Measures,
  run: {
    readonly startMs: TimeMs;
    readonly endMs: TimeMs;
    readonly events: number;
    readonly unfinished: number;
  },
): SimulationReport {
  const { occupancy, shared, startMs } = measures;
  const { startMs: beganMs, endMs } = run;
  const meanPlaced = occupancy.placed.meanUntil(endMs);
  const meanHostsInUse = occupancy.hostsInUse.meanUntil(endMs);
  const inUse = occupancy.series.samples.map(({ inUseMiB }) => inUseMiB);
  const spreads = START_PATHS.map((path) => [path, startMs.get(path)?.spread() ?? null] as const);
  return {
    hosts: scenario.hosts.count,
    workloads: scenario.workloads,
    outcomes: measures.outcomes.list(),
    unfinished: run.unfinished,
    isolations: measures.isolations.list(),
    reasons: measures.reasons.list(),
    deferrals: measures.deferrals.list(),
    startMs: Object.fromEntries(spreads) as Record<StartPath, Spread | null>,
    waitingMs: measures.waitingMs.spread(),
    density: {
      meanPlaced,
      peakPlaced: occupancy.placed.peak,
      meanHostsInUse,
      meanPerHostInUse: meanHostsInUse > 0 ? meanPlaced / meanHostsInUse : 0,
      peakPerHost: occupancy.peakPerHost,
    },
    memory: {
      fleetMiB: scenario.hosts.count * scenario.hosts.memoryMiB,
      meanReservedMiB: occupancy.reservedMiB.meanUntil(endMs),
      meanReservedWhileArrivingMiB: measures.reservedWhileArrivingMiB,
      peakReservedMiB: occupancy.reservedMiB.peak,
      meanInUseMiB: inUse.reduce((sum, mib) => sum + mib, 0) / Math.max(1, inUse.length),
      peakInUseMiB: inUse.reduce((most, mib) => Math.max(most, mib), 0),
    },
    exposure: shared.exposure(endMs),
    simulatedMs: endMs - beganMs,
    events: run.events,
    eventHash: measures.hash.text,
    samples: occupancy.series.samples.map((sample) => ({ ...sample, atMs: sample.atMs - beganMs })),
  };
}
