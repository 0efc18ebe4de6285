import type { Isolation } from '../isolation/decision.js';
import type { TrustBoundary } from '../tenant/events.js';
import type { Resources } from '../workload/request.js';
import type { FleetHost } from './fleet-host.js';
import { type Seat, Shelf } from './shelf.js';
import {
  kernelComesFirst,
  obstacleOf,
  ownerOf,
  type Standing,
  standingOf,
  standings,
} from './standing.js';
import type { HostShape } from './unrunnable.js';

/** A host with the shelves that it is on. */
export interface Seated extends Seat {
  readonly of: HostClass;
  readonly standing: Standing;
  readonly owner: TrustBoundary | null;
}

/**
 * Hosts of one shape: what their software and capacity allow is asked once for all of them. Each stands
 * on the shelf of its standing and, where silos of a boundary may join its kernel, on that boundary's.
 */
export class HostClass {
  readonly shelves = new Map<Standing, Shelf>(standings.map((one) => [one, new Shelf()]));
  readonly owned = new Map<TrustBoundary, Shelf>();
  size = 0;
  private readonly siloLater = this.shelvesOf(admitted.process.later);
  private readonly vmFirst = this.shelvesOf(admitted.hyperv.first);
  private readonly vmLater = this.shelvesOf(admitted.hyperv.later);

  constructor(readonly shape: HostShape) {}

  seat(host: FleetHost): Seated {
    const freeCpuMillis = this.shape.cpuMillis - host.usedCpuMillis;
    const freeMemoryMiB = this.shape.memoryMiB - host.usedMemoryMiB;
    const freeShare = shareOf(this.shape, freeCpuMillis, freeMemoryMiB);
    const { hostId } = host;
    const standing = standingOf(host);
    const owner = ownerOf(host, standing);
    return { host, hostId, freeShare, freeCpuMillis, freeMemoryMiB, of: this, standing, owner };
  }

  put(seated: Seated): void {
    this.size += 1;
    this.shelves.get(seated.standing)?.put(seated);
    if (seated.owner === null) return;
    const shelf = this.owned.get(seated.owner) ?? new Shelf();
    this.owned.set(seated.owner, shelf);
    shelf.put(seated);
  }

  take(seated: Seated): void {
    this.size -= 1;
    this.shelves.get(seated.standing)?.take(seated);
    if (seated.owner === null) return;
    const shelf = this.owned.get(seated.owner);
    shelf?.take(seated);
    if (shelf?.size === 0) this.owned.delete(seated.owner);
  }

  /**
   * Shelves on which hosts stand that may take it, room apart: those whose kernels come first, or the
   * others.
   */
  admitting(isolation: Isolation, boundary: TrustBoundary, first: boolean): readonly Shelf[] {
    if (isolation === 'hyperv') return first ? this.vmFirst : this.vmLater;
    if (!first) return this.siloLater;
    const shelf = this.owned.get(boundary);
    return shelf === undefined ? [] : [shelf];
  }

  private shelvesOf(all: readonly Standing[]): readonly Shelf[] {
    return all.map((one) => this.shelves.get(one) as Shelf);
  }
}

/** Which standings the rules let in, whoever asks: worked out from them once. */
const admitted = { process: admittedFor('process'), hyperv: admittedFor('hyperv') };

function admittedFor(isolation: Isolation) {
  const suitable = standings.filter((one) => obstacleOf(one, isolation, false) === null);
  return {
    first: suitable.filter((one) => kernelComesFirst(one, isolation)),
    later: suitable.filter((one) => !kernelComesFirst(one, isolation)),
  };
}

/** So much CPU and memory as a share of what hosts of this shape have, together 0 to 2. */
export function shareOf(shape: Resources, cpuMillis: number, memoryMiB: number): number {
  return cpuMillis / shape.cpuMillis + memoryMiB / shape.memoryMiB;
}
