import type { HostId } from '../../ids.js';
import type { Resources } from '../../workload/request.js';
import type { FleetHost } from '../fleet/fleet-host.js';
import { Grid } from './grid.js';
import type { Seats } from './seats.js';
import type { Shortlist } from './shortlist.js';

/** So few are looked at one by one; more are kept by how much they have free. */
const FEW_MAX = 64;
/** Where no more than that are left, the order is given up; well below, so that it does not come and go. */
const FEW_AGAIN = 32;

/** Hosts of one capacity that the rules cannot tell apart, their room apart. */
export class Shelf {
  /** In no order; empty while there is a grid. */
  private few: number[] = [];
  private grid: Grid | null = null;
  size = 0;

  constructor(
    private readonly of: Seats,
    private readonly capacity: Resources,
  ) {}

  put(seat: number): void {
    this.size += 1;
    if (this.grid === null) this.few.push(seat);
    if (this.grid === null && this.size > FEW_MAX) this.arrange();
    else this.grid?.put(seat);
  }

  /** Takes out a seat that was put in and has not changed since. */
  take(seat: number): void {
    this.size -= 1;
    if (this.grid === null) {
      const last = this.few.pop() as number;
      if (last !== seat) this.few[this.few.indexOf(seat)] = last;
      return;
    }
    this.grid.take(seat);
    if (this.size > FEW_AGAIN) return;
    this.few = this.grid.all();
    this.grid = null;
  }

  /** Comes before a change of the seat's room; `lower` follows it. */
  lift(seat: number): void {
    this.grid?.take(seat);
  }

  lower(seat: number): void {
    this.grid?.put(seat);
  }

  /** Offers all with room that may be among the best. */
  offerFitting(shortlist: Shortlist): void {
    if (this.size === 0) return;
    shortlist.ofCapacity(this.capacity);
    if (this.grid !== null) this.grid.offerFitting(shortlist);
    else for (let at = 0; at < this.few.length; at += 1) shortlist.offer(this.few[at] as number);
  }

  /** The most CPU and the most memory that any has free, not necessarily the same one. */
  mostFree(): Resources {
    if (this.grid !== null) return this.grid.mostFree();
    let cpuMillis = 0;
    let memoryMiB = 0;
    for (const seat of this.few) {
      cpuMillis = Math.max(cpuMillis, this.of.cpuMillisAt(seat));
      memoryMiB = Math.max(memoryMiB, this.of.memoryMiBAt(seat));
    }
    return { cpuMillis, memoryMiB };
  }

  /** Whether any has so much memory free that this map does not know of. */
  hasOther(hosts: ReadonlyMap<HostId, unknown>, memoryMiB: number): boolean {
    if (this.size === 0 || this.mostFree().memoryMiB < memoryMiB) return false;
    return this.all().some(
      (seat) =>
        this.of.memoryMiBAt(seat) >= memoryMiB && !hosts.has(this.of.hostIds[seat] as HostId),
    );
  }

  /** By how much they have free, the fullest first. */
  hosts(): FleetHost[] {
    const seats = [...this.all()].sort((a, b) => (this.of.comesBefore(a, b) ? -1 : 1));
    return seats.map((seat) => this.of.hosts[seat] as FleetHost);
  }

  private all(): readonly number[] {
    return this.grid?.all() ?? this.few;
  }

  private arrange(): void {
    this.grid = new Grid(this.of, this.capacity);
    for (const seat of this.few) this.grid.put(seat);
    this.few = [];
  }
}
