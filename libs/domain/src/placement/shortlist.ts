import type { ImageId } from '../ids.js';
import { type Taste, totalPoints } from './preferences.js';
import { type Seat, seatComesBefore } from './shelf.js';

/**
 * The preferences choose among so many of the hosts that best fit names first. So an image or a batch may
 * cost a little packing but never much of it, and choosing never looks at the whole fleet.
 */
export const SHORTLIST_MAX = 8;

/** What the preferences read of who asks. */
export interface Asking {
  readonly image: { readonly imageId: ImageId };
  readonly batchTasks: Taste['batchTasks'];
}

interface Listed {
  readonly seat: Seat;
  readonly leftover: number;
}

/** The hosts that would be left with the least, whatever order they are offered in. */
export class Shortlist {
  private readonly listed: Listed[] = [];

  /**
   * Offers a host with room. `neededShare` is what the workload takes, as a share of what the host has.
   * False where it was not better than those that fill the list.
   */
  offer(seat: Seat, neededShare: number): boolean {
    const one = { seat, leftover: seat.freeShare - neededShare };
    const { listed } = this;
    let at = listed.length;
    while (at > 0 && comesBefore(one, listed[at - 1] as Listed)) at -= 1;
    if (at >= SHORTLIST_MAX) return false;
    listed.splice(at, 0, one);
    if (listed.length > SHORTLIST_MAX) listed.pop();
    return true;
  }

  /** Who has the most points; among equals who would be left with less, then the lower id. */
  best({ image, batchTasks }: Asking): Seat | null {
    let best: Seat | null = null;
    let most = Number.NEGATIVE_INFINITY;
    for (const { seat, leftover } of this.listed) {
      const { host } = seat;
      const points = totalPoints({ host, leftover, imageId: image.imageId, batchTasks });
      if (points <= most) continue;
      most = points;
      best = seat;
    }
    return best;
  }
}

function comesBefore(a: Listed, b: Listed): boolean {
  return a.leftover === b.leftover ? seatComesBefore(a.seat, b.seat) : a.leftover < b.leftover;
}
