import type { Fit } from './fit.js';
import type { Seats } from './seats.js';
import type { Shortlist } from './shortlist.js';

const SEATS_AT_FIRST = 4;
/** Among so few a seat is found sooner by looking at each, since they lie beside each other. */
const SIZE_TO_SEARCH = 64;

/** Hosts of one capacity that have about the same free: for roomy fits the roomiest first, for snug ones the fullest. */
export class Cell {
  /** In one piece: what has to be moved when one comes or goes is moved at once. */
  private seats = new Int32Array(SEATS_AT_FIRST);
  size = 0;

  constructor(
    private readonly of: Seats,
    private readonly fit: Fit,
  ) {}

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
    const place = this.size > SIZE_TO_SEARCH ? this.placeOf(seat) : this.seats.indexOf(seat);
    if (place < 0 || place >= this.size || this.seats[place] !== seat) return;
    this.size -= 1;
    if (place < this.size) this.seats.copyWithin(place, place + 1, this.size + 1);
  }

  /**
   * Offers those with room that may be among the best. Where a roomy one is not wanted, nobody behind it is;
   * where a snug one is not, nobody is that has the very same free.
   */
  offerTo(shortlist: Shortlist): void {
    for (let place = 0; place < this.size; place += 1) {
      const seat = this.seats[place] as number;
      const isWanted = shortlist.hasRoomOn(seat) && shortlist.offer(seat);
      if (isWanted) continue;
      if (this.fit === 'snug') place = this.lastLike(place);
      else if (shortlist.hasRoomOn(seat)) return;
    }
  }

  some(test: (seat: number) => boolean): boolean {
    for (let place = 0; place < this.size; place += 1) {
      if (test(this.seats[place] as number)) return true;
    }
    return false;
  }

  /** The most that any has in this column of numbers. */
  mostOf(column: Float64Array): number {
    let most = 0;
    for (let place = 0; place < this.size; place += 1) {
      most = Math.max(most, column[this.seats[place] as number] as number);
    }
    return most;
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
      if (this.comesBefore(this.seats[middle] as number, seat)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private comesBefore(a: number, b: number): boolean {
    return this.fit === 'snug' ? this.of.isFuller(a, b) : this.of.isRoomier(a, b);
  }

  /** Index of the last that has the very same free. Of hosts that hold nothing there may be thousands. */
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
