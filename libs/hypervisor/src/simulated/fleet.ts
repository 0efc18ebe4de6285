import type {
  Clock,
  HostId,
  HostSimulation,
  HostSpec,
  SimulatedFaults,
  UuidSource,
} from '@bulkhead/domain';
import { DriverError, type Fence } from '../driver.js';
import { SimulatedHost } from './host.js';
import type { HostHistory } from './host-history.js';
import type { KernelPanics } from './host-surroundings.js';
import type { JournalSink } from './journal-entry.js';
import type { Timers } from './timers.js';

export interface FleetSurroundings {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly uuid: UuidSource;
  readonly timeScale: number;
  /** How many times as fast time passes on the hosts as for those who drive them; 1 where this is left out. */
  readonly clockSpeed?: number;
  /** A host's journal, and what it says of the host's past (nothing, for a new one). */
  openJournal(hostId: HostId): { sink: JournalSink; history: HostHistory };
  /** What goes wrong on hosts that say nothing of it; null for nothing. */
  readonly faults?: SimulatedFaults | null;
  /** How far a kernel panic goes that a workload asks for; its own kernel where this is left out. */
  readonly kernelPanics?: KernelPanics;
  /** False from when on nothing more goes wrong; what has gone wrong takes its course. */
  readonly faultsComeAbout?: () => boolean;
  /** A host has lost its power by itself: what ran there has ended, and its journal says so with its next boot. */
  readonly wentDown?: (hostId: HostId) => void;
  /** Keeps a new host's specification, so that the host comes back with the process. */
  keep(spec: HostSpec): void;
}

/**
 * So many were registered at once and lost no lease. Memory would allow more; what does not is the worker, which holds a
 * watch and a lease for each and asks each of them twice in ten seconds (docs/performance.md).
 */
export const HOSTS_MAX = 2_000;

/** Every simulated host of one process. */
export class SimulatedFleet {
  readonly #hosts = new Map<HostId, SimulatedHost>();

  constructor(private readonly around: FleetSurroundings) {}

  host(hostId: HostId): SimulatedHost {
    const host = this.#hosts.get(hostId);
    if (!host) throw new DriverError('NOT_FOUND', `host ${hostId} is not provisioned here`);
    return host;
  }

  hostIds(): readonly HostId[] {
    return [...this.#hosts.keys()];
  }

  /** Makes the host exist and boots it. Repeating it changes nothing; another machine under its id is refused. */
  provision(spec: HostSpec, fence: Fence): void {
    const existing = this.#hosts.get(spec.hostId);
    if (!existing) {
      this.#bringUp(spec, fence);
      return;
    }
    existing.provisionAgain(fence);
    if (fingerprintOf(existing.spec) !== fingerprintOf(spec)) {
      throw new DriverError(
        'INVALID_STATE',
        `host ${spec.hostId} exists with another specification`,
      );
    }
  }

  /** A host that was provisioned in an earlier life of the process comes back with a new boot. */
  bringBack(spec: HostSpec): void {
    this.#bringUp(spec, null);
  }

  #bringUp(spec: HostSpec, fence: Fence | null): void {
    if (this.#hosts.size >= HOSTS_MAX) {
      throw new DriverError(
        'INSUFFICIENT_RESOURCES',
        `more than ${HOSTS_MAX} hosts in one process`,
      );
    }
    const { clock, timers, uuid, timeScale, clockSpeed = 1, kernelPanics = 'own' } = this.around;
    const { faults = null, faultsComeAbout = () => true, wentDown = () => {} } = this.around;
    const { sink, history } = this.around.openJournal(spec.hostId);
    if (fence && fence.token < history.highestToken) {
      throw new DriverError(
        'STALE_FENCE',
        `token ${fence.token} is older than ${history.highestToken}`,
      );
    }
    if (fence) this.around.keep(spec);
    const ofFaults = {
      faults,
      kernelPanics,
      faultsComeAbout,
      wentDown: () => wentDown(spec.hostId),
    };
    const ofTime = { clock, timers, timeScale, clockSpeed };
    const surroundings = { ...ofTime, uuid, ...ofFaults, journal: sink, history };
    this.#hosts.set(spec.hostId, new SimulatedHost(spec, surroundings, fence));
  }
}

/** Every field in one fixed order: specifications that came over a wire have their keys in any. */
function fingerprintOf(spec: HostSpec): string {
  const { major, minor, build, revision } = spec.osVersion;
  return JSON.stringify([
    spec.name,
    spec.driver,
    spec.os,
    [major, minor, build, revision],
    spec.architecture,
    spec.cpuMillis,
    spec.memoryMiB,
    spec.hypervPresent,
    spec.simulation && simulationOf(spec.simulation),
  ]);
}

function simulationOf(simulation: HostSimulation): readonly unknown[] {
  const { timeScale, seed, preloadedImages = 'catalogue', natAddresses = null } = simulation;
  return [timeScale, seed, preloadedImages, natAddresses, inFixedOrder(simulation.faults ?? {})];
}

/** Faults are given as names with numbers, in any order; a plan stays in its own. */
function inFixedOrder(given: object): unknown {
  return Object.entries(given)
    .map(([name, value]: [string, unknown]) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? [name, inFixedOrder(value)]
        : [name, value],
    )
    .sort(([a], [b]) => (String(a) < String(b) ? -1 : 1));
}
