import type { Fit } from './fit.js';
import type { Seats } from './seats.js';
import type { Shortlist } from './shortlist.js';

const ENTRIES_AT_FIRST = 4;
/** Of each host: what it is ordered by first, and its seat. */
const NUMBERS = 2;
/** Among so few a seat is found sooner by looking at each, since they lie beside each other. */
const SIZE_TO_SEARCH = 64;
/** So many numbers are moved sooner one by one than by a call of what moves many at once. */
const MOVED_SINGLY_MAX = 32;

/** Hosts of one capacity that have about the same free: for roomy fits the roomiest first, for snug ones the fullest. */
export class Cell {
  /**
   * In one piece: what has to be moved when one comes or goes is moved at once. The order can mostly be told
   * without a look at the hosts, which are all over the memory.
   */
  private entries = new Float64Array(ENTRIES_AT_FIRST * NUMBERS);
  size = 0;

  constructor(
    private readonly of: Seats,
    private readonly fit: Fit,
  ) {}

  put(seat: number): void {
    if (this.size * NUMBERS === this.entries.length) this.grow();
    const key = this.keyOf(seat);
    const at = this.placeOf(seat, key) * NUMBERS;
    const { entries } = this;
    const end = this.size * NUMBERS;
    if (end - at > MOVED_SINGLY_MAX) entries.copyWithin(at + NUMBERS, at, end);
    else for (let to = end - 1; to >= at; to -= 1) entries[to + NUMBERS] = entries[to] as number;
    entries[at] = key;
    entries[at + 1] = seat;
    this.size += 1;
  }

  /** Takes out a seat that was put in and has not changed since. */
  take(seat: number): void {
    const isLarge = this.size > SIZE_TO_SEARCH;
    const place = isLarge ? this.placeOf(seat, this.keyOf(seat)) : this.findAmongFew(seat);
    if (place >= this.size || this.seatAt(place) !== seat) return;
    this.size -= 1;
    const { entries } = this;
    const at = place * NUMBERS;
    const end = this.size * NUMBERS;
    if (end - at > MOVED_SINGLY_MAX) entries.copyWithin(at, at + NUMBERS, end + NUMBERS);
    else for (let to = at; to < end; to += 1) entries[to] = entries[to + NUMBERS] as number;
  }

  seatAt(place: number): number {
    return this.entries[place * NUMBERS + 1] as number;
  }

  /**
   * Offers those with room that may be among the best. Where a roomy one is not wanted, nobody behind it is;
   * where a snug one is not, nobody is that has the very same free.
   */
  offerTo(shortlist: Shortlist): void {
    for (let place = 0; place < this.size; place += 1) {
      if (this.fit === 'roomy' && -this.keyAt(place) > shortlist.worst) return;
      const seat = this.seatAt(place);
      const hasRoom = shortlist.hasRoomOn(seat);
      const isWanted = hasRoom && shortlist.offer(seat);
      if (isWanted) continue;
      if (this.fit === 'snug') place = this.lastLike(place);
      else if (hasRoom) return;
    }
  }

  some(test: (seat: number) => boolean): boolean {
    for (let place = 0; place < this.size; place += 1) {
      if (test(this.seatAt(place))) return true;
    }
    return false;
  }

  mostCpuMillis(): number {
    let most = 0;
    for (let place = 0; place < this.size; place += 1) {
      most = Math.max(most, this.of.cpuMillisAt(this.seatAt(place)));
    }
    return most;
  }

  mostMemoryMiB(): number {
    let most = 0;
    for (let place = 0; place < this.size; place += 1) {
      most = Math.max(most, this.of.memoryMiBAt(this.seatAt(place)));
    }
    return most;
  }

  /** In order. */
  all(): number[] {
    return Array.from({ length: this.size }, (_, place) => this.seatAt(place));
  }

  private grow(): void {
    const longer = new Float64Array(this.entries.length * 2);
    longer.set(this.entries);
    this.entries = longer;
  }

  private findAmongFew(seat: number): number {
    let place = 0;
    while (place < this.size && this.seatAt(place) !== seat) place += 1;
    return place;
  }

  /** Index of the first that does not come before the seat, which has this key. */
  private placeOf(seat: number, key: number): number {
    let low = 0;
    let high = this.size;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.comesBefore(middle, seat, key)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private comesBefore(place: number, seat: number, key: number): boolean {
    const other = this.keyAt(place);
    if (this.fit === 'snug') {
      return other === key ? this.of.isFuller(this.seatAt(place), seat) : other < key;
    }
    return other === key ? this.of.isRoomier(this.seatAt(place), seat) : other > key;
  }

  /** What `isFuller` or `isRoomier` look at first. */
  private keyOf(seat: number): number {
    return this.fit === 'snug' ? this.of.cpuMillisAt(seat) : this.of.freeShareAt(seat);
  }

  private keyAt(place: number): number {
    return this.entries[place * NUMBERS] as number;
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
    return this.of.isLike(this.seatAt(place), this.seatAt(other));
  }
}
