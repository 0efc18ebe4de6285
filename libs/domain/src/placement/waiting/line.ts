import type { TimeMs } from '../../event.js';
import type { TenantId, WorkloadId } from '../../ids.js';
import type { DeferralCause } from '../../workload/events.js';
import type { LastLook } from './last-look.js';

/** One workload that waits for a place. */
export interface Waiting {
  readonly workloadId: WorkloadId;
  readonly priority: number;
  /** The position of its submission. */
  readonly order: number;
  readonly notBeforeMs: TimeMs;
  /** Since when its waiting counts. */
  readonly sinceMs: TimeMs;
}

/** Those who have left the front are forgotten when there are so many, and more than those who wait. */
const GONE_KEPT_MAX = 1_024;

/**
 * Workloads of one tenant and priority that every host answers alike, first come first. Whoever is next
 * leaves at no cost, however long the line is. Changed in place.
 */
export class Line {
  /** Up to which `order` the line has been told of each cause for which it waits. */
  readonly told = new Map<DeferralCause, number>();
  /** What it was judged by when it last had to wait; null where nobody has looked at it yet. */
  lastLook: LastLook | null = null;
  private waiting: Waiting[] = [];
  private gone = 0;

  constructor(
    readonly name: string,
    readonly tenantId: TenantId,
  ) {}

  get length(): number {
    return this.waiting.length - this.gone;
  }

  /** The one at this place of the line, 0 for the first. */
  at(place: number): Waiting | undefined {
    return place < 0 ? undefined : this.waiting[this.gone + place];
  }

  /** Takes somebody in where the order of coming says; whoever comes back late is told again of every cause. */
  put(waiting: Waiting): void {
    const place = this.firstAfter(waiting.order);
    this.waiting.splice(this.gone + place, 0, waiting);
    for (const [cause, upTo] of this.told) {
      if (upTo >= waiting.order) this.told.set(cause, waiting.order - 1);
    }
  }

  take({ order }: Waiting): void {
    const place = this.firstAfter(order - 1);
    if (this.at(place)?.order !== order) return;
    if (place > 0) this.waiting.splice(this.gone + place, 1);
    else this.gone += 1;
    if (this.gone <= GONE_KEPT_MAX || this.gone <= this.length) return;
    this.waiting = this.waiting.slice(this.gone);
    this.gone = 0;
  }

  /** The place of the first who came after `order`. */
  firstAfter(order: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.at(middle) as Waiting).order <= order) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
