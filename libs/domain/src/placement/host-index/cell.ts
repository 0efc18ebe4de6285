import type { Seats } from './seats.js';
import type { Shortlist } from './shortlist.js';

const SEATS_AT_FIRST = 4;

/** Hosts of one capacity with about the same room, ordered so that those with the very same stand together. */
export class Cell {
  /** In one piece: what has to be moved when one comes or goes is moved at once. */
  private seats = new Int32Array(SEATS_AT_FIRST);
  size = 0;

  constructor(private readonly of: Seats) {}

  put(seat: number): void {
    if (this.size === this.seats.length) {
      const longer = new Int32Array(this.size * 2);
      longer.set(this.seats);
      this.seats = longer;
    }
    const place = this.placeOf(seat);
    if (place < this.size) this.seats.copyWithin(place + 1, place, this.size);
    this.seats[place] = seat;
    this.size += 1;
  }

  /** Takes out a seat that was put in and has not changed since. */
  take(seat: number): void {
    const place = this.placeOf(seat);
    if (place >= this.size || this.seats[place] !== seat) return;
    this.size -= 1;
    if (place < this.size) this.seats.copyWithin(place, place + 1, this.size + 1);
  }

  /** Offers those with room. Where one is not wanted, nor are those behind it that have the very same room. */
  offerTo(shortlist: Shortlist): void {
    for (let place = 0; place < this.size; place += 1) {
      if (!shortlist.offer(this.seats[place] as number)) place = this.lastLike(place);
    }
  }

  seatAt(place: number): number {
    return this.seats[place] as number;
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

  /** Index of the last with the very same room. Of hosts that hold nothing there may be thousands. */
  private lastLike(place: number): number {
    let low = place;
    let high = this.size;
    for (let step = 1; low + step < high; step *= 2) {
      if (this.isLike(place, low + step)) low += step;
      else high = low + step;
    }
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.isLike(place, middle)) low = middle;
      else high = middle;
    }
    return low;
  }

  private isLike(place: number, other: number): boolean {
    const { freeCpuMillis, freeMemoryMiB } = this.of;
    const [a, b] = [this.seats[place] as number, this.seats[other] as number];
    return freeCpuMillis[a] === freeCpuMillis[b] && freeMemoryMiB[a] === freeMemoryMiB[b];
  }
}
