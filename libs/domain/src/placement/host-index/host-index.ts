import { labelsKey } from '../../host/labels.js';
import type { HostId } from '../../ids.js';
import type { Isolation } from '../../isolation/decision.js';
import type { TrustBoundary } from '../../tenant/events.js';
import type { Resources } from '../../workload/request.js';
import { type FleetHost, take } from '../fleet/fleet-host.js';
import { PulledImages } from '../fleet/pulled-images.js';
import { type HostShape, shapeOf } from '../unrunnable.js';
import { HostClass, type HostsByOwner, type Seated } from './host-class.js';
import { Seats } from './seats.js';
import { Shortlist } from './shortlist.js';
import { UTILITY_VMS_PER_HOST_MAX } from './standing.js';
import { type Support, SupportAnswers, type SupportQuestion } from './support-answers.js';

/**
 * The fleet's hosts by shape, standing and room, so that choosing one looks at few. It holds nothing that
 * the hosts do not say: built anew from them it is the same, whatever happened before.
 */
export class HostIndex {
  readonly classes = new Map<string, HostClass>();
  readonly seats = new Seats();
  readonly shortlist = new Shortlist(this.seats);
  readonly pulled = new PulledImages();
  readonly owned: HostsByOwner = new Map();
  private readonly seated = new Map<HostId, Seated>();
  private readonly claims = new Map<TrustBoundary, number>();
  private readonly support = new SupportAnswers();
  private shapesNow: readonly HostShape[] | null = null;

  /** `utilityVmsMax`: how many utility VMs a host may hold. */
  constructor(readonly utilityVmsMax = UTILITY_VMS_PER_HOST_MAX) {}

  /** Takes in a host, or how it is now. */
  put(host: FleetHost): void {
    const { hostId, images } = host;
    const before = this.seated.get(hostId);
    const known = before === undefined ? null : this.hostAt(before);
    const of = this.classFor(host, before);
    if (known !== null) this.countClaim(known, -1);
    if (before !== undefined && before.of === of) {
      of.move(before, host);
      this.pulled.change(before.seat, known?.images ?? null, images);
    } else {
      if (before !== undefined) this.leave(before);
      if (of === null) return;
      const now = of.put(host);
      this.seated.set(hostId, now);
      this.pulled.change(now.seat, null, images);
    }
    this.countClaim(host, 1);
  }

  /**
   * Takes more of a host, or with `sign` -1 gives it back, in place.
   * @returns false where the host was not taken in: it is retired, or nothing is known of it
   */
  reserve(hostId: HostId, reserved: Resources, isolation: Isolation, sign: 1 | -1): boolean {
    const seated = this.seated.get(hostId);
    if (seated === undefined) return false;
    const host = this.hostAt(seated);
    take(host, reserved, isolation, sign);
    seated.of.changeRoom(seated, host);
    return true;
  }

  /** Each shape once, however many hosts have it. */
  shapes(): readonly HostShape[] {
    this.shapesNow ??= [...this.classes.values()].map(({ shape }) => shape);
    return this.shapesNow;
  }

  /** Which classes can run the image and have the labels. */
  supportFor(question: SupportQuestion): Support {
    return this.support.answer(question, this.classes.values());
  }

  /** Whether a claim is on its way into the log: the boundary's own, or with null anybody's. */
  claimIsPending(boundary: TrustBoundary | null): boolean {
    return boundary === null ? this.claims.size > 0 : this.claims.has(boundary);
  }

  /** The most CPU and the most memory that any host has free, not necessarily the same one. */
  mostFree(): Resources {
    let cpuMillis = 0;
    let memoryMiB = 0;
    for (const { shelves } of this.classes.values()) {
      for (const shelf of shelves.values()) {
        if (shelf.size === 0) continue;
        const most = shelf.mostFree();
        cpuMillis = Math.max(cpuMillis, most.cpuMillis);
        memoryMiB = Math.max(memoryMiB, most.memoryMiB);
      }
    }
    return { cpuMillis, memoryMiB };
  }

  private hostAt({ seat }: Seated): FleetHost {
    return this.seats.hosts[seat] as FleetHost;
  }

  private leave(before: Seated): void {
    const { hostId, images } = this.hostAt(before);
    before.of.take(before);
    this.pulled.change(before.seat, images, null);
    this.seats.remove(before.seat);
    this.seated.delete(hostId);
    if (before.of.size === 0) this.drop(before.of);
  }

  private classFor(host: FleetHost, before: Seated | undefined): HostClass | null {
    // Most changes are of room, which leaves the state of the host's stream alone.
    if (before !== undefined && this.hostAt(before).state === host.state) return before.of;
    const shape = shapeOf(host.state);
    if (shape === null) return null;
    const key = shapeKey(shape);
    const known = this.classes.get(key);
    if (known !== undefined) return known;
    const { osVersion, architecture, cpuMillis, memoryMiB, hypervPresent, labels } = shape;
    const own = { osVersion, architecture, cpuMillis, memoryMiB, hypervPresent, labels };
    const made = new HostClass(own, this.seats, this.owned, this.utilityVmsMax);
    this.classes.set(key, made);
    this.classesChanged();
    return made;
  }

  private drop(empty: HostClass): void {
    this.classes.delete(shapeKey(empty.shape));
    this.classesChanged();
  }

  private classesChanged(): void {
    this.shapesNow = null;
    this.support.clear();
  }

  private countClaim({ kernel }: FleetHost, sign: 1 | -1): void {
    if (!kernel?.claimPending || kernel.trustBoundary === null) return;
    const count = (this.claims.get(kernel.trustBoundary) ?? 0) + sign;
    if (count > 0) this.claims.set(kernel.trustBoundary, count);
    else this.claims.delete(kernel.trustBoundary);
  }
}

/** Equal for hosts whose software, capacity and labels the rules cannot tell apart. */
function shapeKey(shape: HostShape): string {
  const { osVersion, architecture, cpuMillis, memoryMiB, hypervPresent, labels } = shape;
  const { major, minor, build, revision } = osVersion;
  const version = [major, minor, build, revision].join('.');
  const machine = [version, architecture, cpuMillis, memoryMiB, hypervPresent];
  return [...machine, labelsKey(labels)].join(' ');
}
