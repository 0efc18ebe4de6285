import type { HostId } from '../../ids.js';
import type { Resources } from '../../workload/request.js';
import type { FleetHost } from '../fleet/fleet-host.js';
import { Rows } from './rows.js';
import type { Seats } from './seats.js';
import type { Shortlist } from './shortlist.js';

/** So few are looked at one by one; more are kept in order. */
const FEW_MAX = 64;
/** Where no more than that are left, the order is given up; well below, so that it does not come and go. */
const FEW_AGAIN = 32;

/** Hosts of one capacity that the rules cannot tell apart, their room apart. */
export class Shelf {
  /** In no order; empty while there are rows. */
  private few: number[] = [];
  private rows: Rows | null = null;
  /** What `mostFree` answered, until the answer may be another. */
  private most: Resources | null = null;
  size = 0;

  constructor(
    private readonly of: Seats,
    private readonly capacity: Resources,
  ) {}

  put(seat: number): void {
    this.size += 1;
    if (this.rows === null) this.few.push(seat);
    if (this.rows === null && this.size > FEW_MAX) this.arrange();
    else this.rows?.put(seat);
    this.noteMore(seat);
  }

  /** Takes out a seat that was put in and has not changed since. */
  take(seat: number): void {
    this.size -= 1;
    this.noteLess(seat);
    if (this.rows === null) {
      const last = this.few.pop() as number;
      if (last !== seat) this.few[this.few.indexOf(seat)] = last;
      return;
    }
    this.rows.take(seat);
    if (this.size > FEW_AGAIN) return;
    this.few = this.rows.all();
    this.rows = null;
  }

  /** Comes before a change of the seat's room; `lower` follows it. */
  lift(seat: number): void {
    this.rows?.take(seat);
    this.noteLess(seat);
  }

  lower(seat: number): void {
    this.rows?.put(seat);
    this.noteMore(seat);
  }

  /** Offers all with room that may be among the best. */
  offerFitting(needed: Resources, share: number, shortlist: Shortlist): void {
    if (this.rows !== null) {
      this.rows.offerFitting(needed, share, shortlist);
      return;
    }
    const { freeCpuMillis, freeMemoryMiB } = this.of;
    for (let at = 0; at < this.few.length; at += 1) {
      const seat = this.few[at] as number;
      if ((freeMemoryMiB[seat] as number) < needed.memoryMiB) continue;
      if ((freeCpuMillis[seat] as number) >= needed.cpuMillis) shortlist.offer(seat, share);
    }
  }

  /** The most CPU and the most memory that any has free, not necessarily the same one. */
  mostFree(): Resources {
    this.most ??= this.measured();
    return this.most;
  }

  /** Whether any has so much memory free that this map does not know of. */
  hasOther(hosts: ReadonlyMap<HostId, unknown>, memoryMiB: number): boolean {
    if (this.size === 0 || this.mostFree().memoryMiB < memoryMiB) return false;
    return this.all().some(
      (seat) =>
        this.of.memoryMiBAt(seat) >= memoryMiB && !hosts.has(this.of.hostIds[seat] as HostId),
    );
  }

  /** In the order of best fit. */
  hosts(): FleetHost[] {
    const seats = [...this.all()].sort((a, b) => (this.of.comesBefore(a, b) ? -1 : 1));
    return seats.map((seat) => this.of.hosts[seat] as FleetHost);
  }

  private all(): readonly number[] {
    return this.rows?.all() ?? this.few;
  }

  private arrange(): void {
    this.rows = new Rows(this.of, this.capacity);
    for (const seat of this.few) this.rows.put(seat);
    this.few = [];
  }

  /** One has come, or has more than before: the most is raised where that is more. */
  private noteMore(seat: number): void {
    if (this.most === null) return;
    const cpuMillis = Math.max(this.most.cpuMillis, this.of.cpuMillisAt(seat));
    const memoryMiB = Math.max(this.most.memoryMiB, this.of.memoryMiBAt(seat));
    const { most } = this;
    if (cpuMillis > most.cpuMillis || memoryMiB > most.memoryMiB) {
      this.most = { cpuMillis, memoryMiB };
    }
  }

  /** One goes, or will have less: whoever had the most may have been the only one. */
  private noteLess(seat: number): void {
    if (this.most === null) return;
    const { cpuMillis, memoryMiB } = this.most;
    const isMost =
      this.of.cpuMillisAt(seat) === cpuMillis || this.of.memoryMiBAt(seat) === memoryMiB;
    if (isMost) this.most = null;
  }

  private measured(): Resources {
    let cpuMillis = 0;
    let memoryMiB = 0;
    for (const seat of this.all()) {
      cpuMillis = Math.max(cpuMillis, this.of.cpuMillisAt(seat));
      memoryMiB = Math.max(memoryMiB, this.of.memoryMiBAt(seat));
    }
    return { cpuMillis, memoryMiB };
  }
}
