import type { Resources } from '../../workload/request.js';
import { Row } from './row.js';
import type { Seats } from './seats.js';
import type { Shortlist } from './shortlist.js';

const ROWS = 32;
/** The skew of a host is the free share of its CPU less that of its memory: -1 to 1. */
const WIDTH = 2 / ROWS;
/** Shares are sums of quotients: so much may they be off. */
const ROUNDING = 1e-9;

/**
 * Many hosts of one capacity, in rows of about the same skew: within a row, how much is free in all tells
 * how much there is of each, so a search begins where the room begins. It goes from the row of what is
 * asked for to both sides, and ends where nobody can be better any more.
 */
export class Rows {
  private readonly rows: readonly Row[];
  /** The greatest free share in each row, so that a row without room is not looked at. */
  private readonly mostShares: number[] = new Array(ROWS).fill(Number.NEGATIVE_INFINITY);

  constructor(
    private readonly of: Seats,
    private readonly capacity: Resources,
  ) {
    this.rows = Array.from({ length: ROWS }, () => new Row(of));
  }

  put(seat: number): void {
    const at = this.rowOf(seat);
    this.rows[at]?.put(seat);
    this.mostShares[at] = Math.max(this.mostShares[at] as number, this.of.shareAt(seat));
  }

  /** Takes out a seat that was put in and has not changed since. */
  take(seat: number): void {
    const at = this.rowOf(seat);
    const row = this.rows[at] as Row;
    row.take(seat);
    this.mostShares[at] = row.mostShare();
  }

  /** Offers all with room that may be among the best. */
  offerFitting(needed: Resources, share: number, shortlist: Shortlist): void {
    const { capacity } = this;
    const cpuShare = needed.cpuMillis / capacity.cpuMillis;
    const memoryShare = needed.memoryMiB / capacity.memoryMiB;
    const own = rowOfSkew(cpuShare - memoryShare);
    let above = true;
    let below = true;
    for (let away = 0; (above || below) && away < ROWS; away += 1) {
      // Whoever has the memory and a skew of at least so much has so much of both; below, who has the CPU.
      const inMore = away === 0 ? share : 2 * memoryShare + leastSkewIn(own + away);
      const inLess = 2 * cpuShare - leastSkewIn(own - away + 1);
      above &&= this.offerRow(own + away, inMore, needed, share, shortlist);
      if (away > 0) below &&= this.offerRow(own - away, inLess, needed, share, shortlist);
    }
  }

  all(): number[] {
    return this.rows.flatMap((row) => row.all());
  }

  /** False where neither this row nor those beyond it have anybody who may be among the best. */
  private offerRow(
    at: number,
    bound: number,
    needed: Resources,
    share: number,
    shortlist: Shortlist,
  ): boolean {
    if (at < 0 || at >= ROWS) return false;
    const leastShare = Math.max(share, bound) - ROUNDING;
    if (leastShare - share > shortlist.leftoverMax) return false;
    if ((this.mostShares[at] as number) >= leastShare) {
      this.rows[at]?.offerFitting(needed, share, leastShare, shortlist);
    }
    return true;
  }

  private rowOf(seat: number): number {
    const { cpuMillis, memoryMiB } = this.capacity;
    const cpuShare = this.of.cpuMillisAt(seat) / cpuMillis;
    return rowOfSkew(cpuShare - this.of.memoryMiBAt(seat) / memoryMiB);
  }
}

function rowOfSkew(skew: number): number {
  return Math.max(0, Math.min(ROWS - 1, Math.floor((skew + 1) / WIDTH)));
}

function leastSkewIn(row: number): number {
  return row * WIDTH - 1;
}
