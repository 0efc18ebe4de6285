import type { HostId } from '../../ids.js';
import type { Resources } from '../../workload/request.js';
import type { FleetHost } from '../fleet/fleet-host.js';
import type { Fit } from './fit.js';
import { Grid } from './grid.js';
import { Ladder } from './ladder.js';
import type { Seats } from './seats.js';
import type { Shortlist } from './shortlist.js';

/** So few are looked at one by one; more are kept by how much they have free. */
const FEW_MAX = 64;
/** Where no more than that are left, the order is given up; well below, so that it does not come and go. */
const FEW_AGAIN = 32;

/** Hosts of one capacity that the rules cannot tell apart, their room apart. */
export class Shelf {
  /** In no order; empty while there is an order of many. */
  private few: number[] = [];
  private many: Grid | Ladder | null = null;
  /** What `mostFree` answered, until the answer may be another. */
  private most: Resources | null = null;
  size = 0;

  constructor(
    private readonly of: Seats,
    private readonly capacity: Resources,
    /** How a search chooses among them: it finds them in that order. */
    private readonly fit: Fit,
  ) {}

  put(seat: number): void {
    this.size += 1;
    this.most = null;
    if (this.many === null) this.few.push(seat);
    if (this.many === null && this.size > FEW_MAX) this.arrange();
    else this.many?.put(seat);
  }

  /** Takes out a seat that was put in and has not changed since. */
  take(seat: number): void {
    this.size -= 1;
    this.most = null;
    if (this.many === null) {
      const last = this.few.pop() as number;
      if (last !== seat) this.few[this.few.indexOf(seat)] = last;
      return;
    }
    this.many.take(seat);
    if (this.size > FEW_AGAIN) return;
    this.few = this.many.all();
    this.many = null;
  }

  /** Comes before a change of the seat's room; `lower` follows it. */
  lift(seat: number): void {
    this.many?.take(seat);
  }

  lower(seat: number): void {
    this.most = null;
    this.many?.put(seat);
  }

  /** Offers all with room that may be among the best. */
  offerFitting(shortlist: Shortlist): void {
    if (this.size === 0) return;
    shortlist.ofCapacity(this.capacity);
    if (this.many !== null) {
      this.many.offerFitting(shortlist);
      return;
    }
    for (let at = 0; at < this.few.length; at += 1) {
      const seat = this.few[at] as number;
      if (shortlist.hasRoomOn(seat)) shortlist.offer(seat);
    }
  }

  /** The most CPU and the most memory that any has free, not necessarily the same one. */
  mostFree(): Resources {
    this.most ??= this.many?.mostFree() ?? this.mostOfFew();
    return this.most;
  }

  /** Whether any has so much memory free that this map does not know of. */
  hasOther(hosts: ReadonlyMap<HostId, unknown>, memoryMiB: number): boolean {
    if (this.size === 0 || this.mostFree().memoryMiB < memoryMiB) return false;
    const isOther = (seat: number) =>
      this.of.memoryMiBAt(seat) >= memoryMiB && !hosts.has(this.of.hostIds[seat] as HostId);
    return (this.many ?? this.few).some(isOther);
  }

  /** By how much they have free, the fullest first. */
  hosts(): FleetHost[] {
    const seats = [...this.all()].sort((a, b) => (this.of.isFuller(a, b) ? -1 : 1));
    return seats.map((seat) => this.of.hosts[seat] as FleetHost);
  }

  all(): readonly number[] {
    return this.many?.all() ?? this.few;
  }

  private mostOfFew(): Resources {
    let cpuMillis = 0;
    let memoryMiB = 0;
    for (const seat of this.few) {
      cpuMillis = Math.max(cpuMillis, this.of.cpuMillisAt(seat));
      memoryMiB = Math.max(memoryMiB, this.of.memoryMiBAt(seat));
    }
    return { cpuMillis, memoryMiB };
  }

  private arrange(): void {
    this.many =
      this.fit === 'snug' ? new Grid(this.of, this.capacity) : new Ladder(this.of, this.capacity);
    for (const seat of this.few) this.many.put(seat);
    this.few = [];
  }
}
