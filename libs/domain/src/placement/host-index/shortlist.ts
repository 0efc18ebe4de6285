import type { HostId } from '../../ids.js';
import type { Resources } from '../../workload/request.js';
import type { FleetHost } from '../fleet/fleet-host.js';
import { seatIsIn } from '../fleet/pulled-images.js';
import { type BatchTasks, hasTemplate, type TemplateHosts, totalPoints } from '../preferences.js';
import { type Fit, misfitOf, rankOf } from './fit.js';
import type { Seats } from './seats.js';

/**
 * The preferences choose among so many of the hosts that fit names first. So an image or a batch may
 * cost a little packing but never much of it, and choosing never looks at the whole fleet.
 */
export const SHORTLIST_MAX = 8;

/** What is looked for. */
export interface Search {
  readonly needed: Resources;
  readonly fit: Fit;
  /** Hosts that are known here are not listed. */
  readonly apartFrom: BatchTasks;
}

const nothing: Search = { needed: { cpuMillis: 0, memoryMiB: 0 }, fit: 'snug', apartFrom: null };

/**
 * The hosts with room that come first, whatever order they are offered in: for a snug fit who would fit
 * best, for a roomy one who has most room. Of equals the lower id.
 */
export class Shortlist {
  private readonly listed: number[] = [];
  private readonly ranks: number[] = [];
  private readonly capacities: Resources[] = [];
  private search = nothing;
  private capacity: Resources = nothing.needed;
  /** Whose rank is greater than that is not among the best any more. */
  worst = Number.POSITIVE_INFINITY;

  constructor(private readonly of: Seats) {}

  get needed(): Resources {
    return this.search.needed;
  }

  /** Empties the list for the next choice; there are too many choices to make a new one for each. */
  begin(search: Search): this {
    this.search = search;
    this.listed.length = 0;
    this.worst = Number.POSITIVE_INFINITY;
    return this;
  }

  /** The hosts that are offered next have this capacity. */
  ofCapacity(capacity: Resources): void {
    this.capacity = capacity;
  }

  hasRoomOn(seat: number): boolean {
    const { cpuMillis, memoryMiB } = this.search.needed;
    return this.of.memoryMiBAt(seat) >= memoryMiB && this.of.cpuMillisAt(seat) >= cpuMillis;
  }

  /** Offers a host with room; false where it was not better than those that fill the list. */
  offer(seat: number): boolean {
    const { fit, apartFrom } = this.search;
    const misfit = fit === 'snug' ? this.misfitAt(seat, this.capacity) : 0;
    const rank = rankOf(fit, this.of.freeShareAt(seat), misfit);
    if (rank > this.worst) return false;
    if (apartFrom?.has(this.of.hostIds[seat] as HostId)) return true;
    return this.list(seat, rank);
  }

  /**
   * Who has the most points; among equals who comes first.
   * `withImage` are the seats whose hosts have pulled the image (`PulledImages`).
   */
  best(
    withImage: Uint32Array | null,
    batchTasks: BatchTasks,
    templateHosts: TemplateHosts,
  ): FleetHost | null {
    let best = -1;
    let most = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < this.listed.length; at += 1) {
      const seat = this.listed[at] as number;
      const hostId = this.of.hostIds[seat] as HostId;
      const points = totalPoints({
        misfit: this.misfitAt(seat, this.capacities[at] as Resources),
        cloneReady: hasTemplate(templateHosts, hostId),
        imagePresent: seatIsIn(withImage, seat),
        tasksHere: batchTasks?.get(hostId) ?? 0,
      });
      if (points <= most) continue;
      most = points;
      best = seat;
    }
    return this.of.hosts[best] ?? null;
  }

  private misfitAt(seat: number, capacity: Resources): number {
    const { needed, fit } = this.search;
    const cpuMillisLeft = this.of.cpuMillisAt(seat) - needed.cpuMillis;
    const memoryMiBLeft = this.of.memoryMiBAt(seat) - needed.memoryMiB;
    return misfitOf(fit, capacity, cpuMillisLeft, memoryMiBLeft);
  }

  private list(seat: number, rank: number): boolean {
    const { listed, ranks, capacities } = this;
    let at = listed.length;
    while (at > 0 && this.isBefore(at - 1, seat, rank)) at -= 1;
    if (at >= SHORTLIST_MAX) return false;
    for (let to = Math.min(listed.length, SHORTLIST_MAX - 1); to > at; to -= 1) {
      listed[to] = listed[to - 1] as number;
      ranks[to] = ranks[to - 1] as number;
      capacities[to] = capacities[to - 1] as Resources;
    }
    listed[at] = seat;
    ranks[at] = rank;
    capacities[at] = this.capacity;
    if (listed.length === SHORTLIST_MAX) this.worst = ranks[SHORTLIST_MAX - 1] as number;
    return true;
  }

  /** Whether the seat, of such a rank, comes before the one that is listed there. */
  private isBefore(at: number, seat: number, rank: number): boolean {
    const other = this.ranks[at] as number;
    if (rank !== other) return rank < other;
    return (
      (this.of.hostIds[seat] as HostId) < (this.of.hostIds[this.listed[at] as number] as HostId)
    );
  }
}
