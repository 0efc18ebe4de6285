import type { Resources } from '../../workload/request.js';
import type { Seats } from './seats.js';
import type { Shortlist } from './shortlist.js';

const SEATS_AT_FIRST = 16;

/** Hosts of one capacity in the order of best fit, found by halving. */
export class Row {
  /** The numbers of the seats, in one piece: what has to be moved when one comes or goes is moved at once. */
  private seats = new Int32Array(SEATS_AT_FIRST);
  private size = 0;

  constructor(private readonly of: Seats) {}

  put(seat: number): void {
    if (this.size === this.seats.length) {
      const longer = new Int32Array(this.size * 2);
      longer.set(this.seats);
      this.seats = longer;
    }
    const place = this.placeOf(seat);
    this.seats.copyWithin(place + 1, place, this.size);
    this.seats[place] = seat;
    this.size += 1;
  }

  /** Takes out a seat that was put in and has not changed since; false where it is not there. */
  take(seat: number): boolean {
    const place = this.placeOf(seat);
    if (place >= this.size || this.seats[place] !== seat) return false;
    this.seats.copyWithin(place, place + 1, this.size);
    this.size -= 1;
    return true;
  }

  /** Offers those with room, in order, until one is not wanted. Nobody who has less than `leastShare` free has room. */
  offerFitting(needed: Resources, share: number, leastShare: number, shortlist: Shortlist): void {
    const { cpuMillis, memoryMiB } = needed;
    const { freeCpuMillis, freeMemoryMiB } = this.of;
    for (let place = this.firstWith(leastShare); place < this.size; place += 1) {
      const seat = this.seats[place] as number;
      if ((freeMemoryMiB[seat] as number) < memoryMiB) continue;
      if ((freeCpuMillis[seat] as number) < cpuMillis) continue;
      if (!shortlist.offer(seat, share)) return;
    }
  }

  /** The greatest free share of any; where there is none, less than any. */
  mostShare(): number {
    if (this.size === 0) return Number.NEGATIVE_INFINITY;
    return this.of.shareAt(this.seats[this.size - 1] as number);
  }

  /** In order. */
  all(): number[] {
    return Array.from(this.seats.subarray(0, this.size));
  }

  /** Index of the first that does not come before the seat. */
  private placeOf(seat: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.of.comesBefore(this.seats[middle] as number, seat)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Index of the first that has so much free. */
  private firstWith(share: number): number {
    const { freeShare } = this.of;
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((freeShare[this.seats[middle] as number] as number) < share) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
