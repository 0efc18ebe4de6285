import type { HostId } from '../../ids.js';
import type { FleetHost } from '../fleet/fleet-host.js';
import { seatIsIn } from '../fleet/pulled-images.js';
import { type BatchTasks, totalPoints } from '../preferences.js';
import type { Seats } from './seats.js';

/**
 * The preferences choose among so many of the hosts that best fit names first. So an image or a batch may
 * cost a little packing but never much of it, and choosing never looks at the whole fleet.
 */
export const SHORTLIST_MAX = 8;

/** The hosts that would be left with the least, whatever order they are offered in. */
export class Shortlist {
  private readonly listed: number[] = [];
  private readonly leftovers: number[] = [];
  /** Who would be left with more than that is not among the best any more. */
  leftoverMax = Number.POSITIVE_INFINITY;
  private apartFrom: BatchTasks = null;

  constructor(private readonly of: Seats) {}

  /**
   * Empties the list for the next choice; there are too many choices to make a new one for each. Hosts that
   * `apartFrom` knows of are not listed.
   */
  begin(apartFrom: BatchTasks): this {
    this.apartFrom = apartFrom;
    this.listed.length = 0;
    this.leftovers.length = 0;
    this.leftoverMax = Number.POSITIVE_INFINITY;
    return this;
  }

  /**
   * Offers a host with room. `share` is what the workload takes, as a share of what the host has. False
   * where it was not better than those that fill the list.
   */
  offer(seat: number, share: number): boolean {
    if (this.apartFrom?.has(this.of.hostIds[seat] as HostId)) return true;
    const { listed, leftovers } = this;
    const leftover = this.of.shareAt(seat) - share;
    let at = listed.length;
    while (at > 0 && this.isBefore(at - 1, seat, leftover)) at -= 1;
    if (at >= SHORTLIST_MAX) return false;
    for (let to = Math.min(listed.length, SHORTLIST_MAX - 1); to > at; to -= 1) {
      listed[to] = listed[to - 1] as number;
      leftovers[to] = leftovers[to - 1] as number;
    }
    listed[at] = seat;
    leftovers[at] = leftover;
    if (listed.length === SHORTLIST_MAX) this.leftoverMax = leftovers[SHORTLIST_MAX - 1] as number;
    return true;
  }

  /**
   * Who has the most points; among equals who would be left with less, then the lower id.
   * `withImage` are the seats whose hosts have pulled the image (`PulledImages`).
   */
  best(withImage: Uint32Array | null, batchTasks: BatchTasks): FleetHost | null {
    let best = -1;
    let most = Number.NEGATIVE_INFINITY;
    for (let at = 0; at < this.listed.length; at += 1) {
      const seat = this.listed[at] as number;
      const points = totalPoints({
        leftover: this.leftovers[at] as number,
        imagePresent: seatIsIn(withImage, seat),
        tasksHere: batchTasks?.get(this.of.hostIds[seat] as HostId) ?? 0,
      });
      if (points <= most) continue;
      most = points;
      best = seat;
    }
    return this.of.hosts[best] ?? null;
  }

  /** Whether the seat, with so much left over, comes before the one that is listed there. */
  private isBefore(at: number, seat: number, leftover: number): boolean {
    const other = this.leftovers[at] as number;
    if (leftover !== other) return leftover < other;
    return this.of.comesBefore(seat, this.listed[at] as number);
  }
}
