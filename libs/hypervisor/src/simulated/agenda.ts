import type { TimeMs } from '@bulkhead/domain';
import { AgendaEntries, LATER_DUE, NONE } from './agenda-entries.js';
import { MarkedBuckets, WHEEL_BITS, WHEEL_BUCKETS } from './marked-buckets.js';

/** Names an entry for as long as it is there; after that it names nothing, even if its place is used again. */
export type Ticket = number;

const WHEELS = 3;
/** What the wheels span: about twelve days in milliseconds. What is due later waits in a list. */
const SPAN_BITS = WHEELS * WHEEL_BITS;
const SPAN_MS = 2 ** SPAN_BITS;
const DIGIT = WHEEL_BUCKETS - 1;
const SECOND_WHEEL_FROM = 2 ** (2 * WHEEL_BITS);
const LATER = WHEELS * WHEEL_BUCKETS;

/**
 * What is to happen, by time in whole milliseconds; entries of the same moment keep the order in which they were
 * added. Three wheels of buckets (1 ms, about 1 s and about 17 min wide) instead of a heap: what an entry costs does not
 * grow with how many others wait. An entry moves at most twice on its way to the wheel of milliseconds,
 * and always whole buckets in their order, which is what keeps the order of equals.
 */
export class Agenda {
  readonly #entries = new AgendaEntries(LATER);
  readonly #marks = Array.from({ length: WHEELS }, () => new MarkedBuckets());
  /** When the wheels begin, and how far from there they have turned. Nothing waits before that. */
  #beginsMs: TimeMs;
  #turned = 0;
  /** No entry of the list is due before; one that was cancelled may have been. */
  #laterFromMs = Number.POSITIVE_INFINITY;
  #takenMs: TimeMs;

  constructor(startMs: TimeMs) {
    this.#beginsMs = startMs;
    this.#takenMs = startMs;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Places in memory that were ever needed at once. */
  get places(): number {
    return this.#entries.places;
  }

  /** When the entry that was taken last was due. */
  get takenMs(): TimeMs {
    return this.#takenMs;
  }

  /** @throws RangeError for a time that is not a number of whole milliseconds, or that has been passed */
  add(dueMs: TimeMs, run: () => void): Ticket {
    if (this.#entries.size === 0) this.#beginAt(this.#takenMs);
    const reachedMs = this.#beginsMs + this.#turned;
    if (!Number.isSafeInteger(dueMs) || dueMs < reachedMs) {
      throw new RangeError(`nothing can be due at ${dueMs} ms, when it is ${reachedMs} ms`);
    }
    const entry = this.#entries.make(run);
    this.#put(entry, dueMs);
    return this.#entries.ticketOf(entry);
  }

  /** Takes the entry out, and answers whether it was still there. */
  cancel(ticket: Ticket): boolean {
    const entry = this.#entries.entryOf(ticket);
    if (entry === NONE) return false;
    this.#unlink(entry);
    this.#entries.dispose(entry);
    return true;
  }

  /** Takes out what is due first, unless that is after `untilMs`; null where nothing is left till then. */
  take(untilMs: TimeMs): (() => void) | null {
    const entries = this.#entries;
    while (entries.size > 0) {
      const at = this.#nextBucketOf(0);
      if (at < 0) {
        if (!this.#turn(untilMs)) return null;
        continue;
      }
      const due = (this.#turned & ~DIGIT) | at;
      if (this.#beginsMs + due > untilMs) return null;
      this.#turned = due;
      this.#takenMs = this.#beginsMs + due;
      const entry = entries.headOf(at);
      this.#unlink(entry);
      return entries.dispose(entry);
    }
    return null;
  }

  /** When the next entry is due; null where there is none. It costs as much as entries share a bucket. */
  nextMs(): TimeMs | null {
    for (let wheel = 0; wheel < WHEELS; wheel++) {
      const at = this.#nextBucketOf(wheel);
      if (at < 0) continue;
      return this.#beginsMs + this.#entries.earliestOf(wheel * WHEEL_BUCKETS + at);
    }
    return this.#entries.earliestLaterMs();
  }

  /** Brings the next bucket of a coarser wheel down to finer ones. False where it begins after `untilMs`. */
  #turn(untilMs: TimeMs): boolean {
    for (let wheel = 1; wheel < WHEELS; wheel++) {
      const at = this.#nextBucketOf(wheel);
      if (at < 0) continue;
      const shift = wheel * WHEEL_BITS;
      const begin =
        ((this.#turned >>> (shift + WHEEL_BITS)) << (shift + WHEEL_BITS)) | (at << shift);
      if (this.#beginsMs + begin > untilMs) return false;
      this.#turned = begin;
      this.#spread(wheel * WHEEL_BUCKETS + at);
      return true;
    }
    return this.#beginAnew(untilMs);
  }

  /** The bucket that the wheel stands at has been spread already, except on the finest. */
  #nextBucketOf(wheel: number): number {
    const standsAt = (this.#turned >>> (wheel * WHEEL_BITS)) & DIGIT;
    return (this.#marks[wheel] as MarkedBuckets).firstFrom(wheel === 0 ? standsAt : standsAt + 1);
  }

  /** The wheels are empty: they begin again where the first of the list is due. */
  #beginAnew(untilMs: TimeMs): boolean {
    if (this.#laterFromMs > untilMs) return false;
    const firstMs = this.#entries.earliestLaterMs();
    if (firstMs === null) return false;
    this.#laterFromMs = firstMs;
    if (firstMs > untilMs) return false;
    this.#beginAt(firstMs);
    this.#spread(LATER);
    return true;
  }

  #beginAt(beginsMs: TimeMs): void {
    this.#beginsMs = beginsMs;
    this.#turned = 0;
    this.#laterFromMs = Number.POSITIVE_INFINITY;
  }

  /** Puts every entry of a bucket where it belongs now, in the bucket's order. */
  #spread(bucket: number): void {
    const entries = this.#entries;
    let entry = entries.headOf(bucket);
    entries.clear(bucket);
    if (bucket < LATER) this.#unmark(bucket);
    while (entry !== NONE) {
      const next = entries.after(entry);
      const isLater = bucket === LATER;
      this.#put(
        entry,
        isLater ? entries.takeLaterMs(entry) : this.#beginsMs + entries.dueOf(entry),
      );
      entry = next;
    }
  }

  #put(entry: number, dueMs: TimeMs): void {
    const due = dueMs - this.#beginsMs;
    if (due >= SPAN_MS) {
      this.#entries.appendLater(entry, dueMs);
      if (dueMs < this.#laterFromMs) this.#laterFromMs = dueMs;
      return;
    }
    const bucket = this.#bucketOf(due);
    this.#entries.setDue(entry, due);
    this.#entries.append(entry, bucket);
    (this.#marks[bucket >>> WHEEL_BITS] as MarkedBuckets).mark(bucket & DIGIT);
  }

  /**
   * The highest digit in which the time differs from how far the wheels have turned is its wheel. Turning
   * changes that for no entry but those of the bucket that is spread.
   */
  #bucketOf(due: number): number {
    const differs = due ^ this.#turned;
    if (differs < WHEEL_BUCKETS) return due & DIGIT;
    const wheel = differs < SECOND_WHEEL_FROM ? 1 : 2;
    return wheel * WHEEL_BUCKETS + ((due >>> (wheel * WHEEL_BITS)) & DIGIT);
  }

  #unlink(entry: number): void {
    const due = this.#entries.dueOf(entry);
    const bucket = due === LATER_DUE ? LATER : this.#bucketOf(due);
    this.#entries.unlink(entry, bucket);
    if (bucket < LATER && this.#entries.headOf(bucket) === NONE) this.#unmark(bucket);
  }

  #unmark(bucket: number): void {
    (this.#marks[bucket >>> WHEEL_BITS] as MarkedBuckets).unmark(bucket & DIGIT);
  }
}
