import type { TimeMs } from '@bulkhead/domain';

/** No entry. */
export const NONE = -1;

/** A million workloads have a few events each on their way; far more means that something never stops adding. */
const ENTRIES_MAX = 2 ** 24;
const FIRST_ENTRIES = 1_024;
/** With `ENTRIES_MAX` places, a ticket stays within the whole numbers that a double holds. */
const GENERATIONS = 2 ** 28;

/** An entry is one line of numbers, so that it costs one look into memory. */
const FIELDS = 4;
const DUE = 0;
const NEXT = 1;
const PREVIOUS = 2;
const GENERATION = 3;
/** Stands for the time of what the wheels do not reach. */
export const LATER_DUE = -1;

/**
 * The entries of an agenda and the buckets that they stand in, as numbers in arrays instead of objects:
 * millions come and go without work for the garbage collector. The place of an entry that has gone is
 * used again, under another generation, so that an old ticket does not hit its successor.
 */
export class AgendaEntries {
  #fields = new Int32Array(FIRST_ENTRIES * FIELDS);
  #runs: ((() => void) | undefined)[] = [];
  /** When those are due that the wheels do not reach: they stand in the bucket after the last. */
  readonly #laterMs = new Map<number, TimeMs>();
  readonly #heads: Int32Array;
  readonly #tails: Int32Array;
  #free = NONE;
  #used = 0;
  size = 0;

  constructor(private readonly buckets: number) {
    this.#heads = new Int32Array(buckets + 1).fill(NONE);
    this.#tails = new Int32Array(buckets + 1).fill(NONE);
  }

  /** Places that were ever in use at once. */
  get places(): number {
    return this.#used;
  }

  make(run: () => void): number {
    let entry = this.#free;
    if (entry === NONE) entry = this.#another();
    else this.#free = this.#fields[entry * FIELDS + NEXT] as number;
    this.#runs[entry] = run;
    this.size++;
    return entry;
  }

  /** Gives the place back and forgets what would have run. */
  dispose(entry: number): () => void {
    const at = entry * FIELDS;
    const run = this.#runs[entry] as () => void;
    this.#runs[entry] = undefined;
    this.#fields[at + GENERATION] = ((this.#fields[at + GENERATION] as number) + 1) % GENERATIONS;
    this.#fields[at + NEXT] = this.#free;
    this.#free = entry;
    this.size--;
    return run;
  }

  ticketOf(entry: number): number {
    return (this.#fields[entry * FIELDS + GENERATION] as number) * ENTRIES_MAX + entry;
  }

  /** `NONE` where the ticket's entry has gone. */
  entryOf(ticket: number): number {
    const entry = ticket % ENTRIES_MAX;
    return entry < this.#used && this.ticketOf(entry) === ticket ? entry : NONE;
  }

  dueOf(entry: number): number {
    return this.#fields[entry * FIELDS + DUE] as number;
  }

  setDue(entry: number, due: number): void {
    this.#fields[entry * FIELDS + DUE] = due;
  }

  appendLater(entry: number, dueMs: TimeMs): void {
    this.#laterMs.set(entry, dueMs);
    this.setDue(entry, LATER_DUE);
    this.append(entry, this.buckets);
  }

  takeLaterMs(entry: number): TimeMs {
    const dueMs = this.#laterMs.get(entry) ?? Number.NaN;
    this.#laterMs.delete(entry);
    return dueMs;
  }

  headOf(bucket: number): number {
    return this.#heads[bucket] as number;
  }

  after(entry: number): number {
    return this.#fields[entry * FIELDS + NEXT] as number;
  }

  append(entry: number, bucket: number): void {
    const fields = this.#fields;
    const at = entry * FIELDS;
    const tail = this.#tails[bucket] as number;
    fields[at + NEXT] = NONE;
    fields[at + PREVIOUS] = tail;
    if (tail === NONE) this.#heads[bucket] = entry;
    else fields[tail * FIELDS + NEXT] = entry;
    this.#tails[bucket] = entry;
  }

  /** Takes it out of the bucket that it stands in. */
  unlink(entry: number, bucket: number): void {
    const fields = this.#fields;
    const at = entry * FIELDS;
    const next = fields[at + NEXT] as number;
    const previous = fields[at + PREVIOUS] as number;
    if (previous === NONE) this.#heads[bucket] = next;
    else fields[previous * FIELDS + NEXT] = next;
    if (next === NONE) this.#tails[bucket] = previous;
    else fields[next * FIELDS + PREVIOUS] = previous;
    if (bucket === this.buckets) this.#laterMs.delete(entry);
  }

  /** Empties the bucket; its entries stay chained for whoever puts them elsewhere. */
  clear(bucket: number): void {
    this.#heads[bucket] = NONE;
    this.#tails[bucket] = NONE;
  }

  /** The least that an entry of the bucket has as its time in the wheels. */
  earliestOf(bucket: number): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (let entry = this.headOf(bucket); entry !== NONE; entry = this.after(entry)) {
      earliest = Math.min(earliest, this.dueOf(entry));
    }
    return earliest;
  }

  /** When the first of what the wheels do not reach is due; null where there is none. */
  earliestLaterMs(): TimeMs | null {
    let earliestMs: TimeMs | null = null;
    for (const dueMs of this.#laterMs.values()) {
      if (earliestMs === null || dueMs < earliestMs) earliestMs = dueMs;
    }
    return earliestMs;
  }

  #another(): number {
    if (this.#used === ENTRIES_MAX) {
      throw new RangeError(`more than ${ENTRIES_MAX} things are to happen`);
    }
    if ((this.#used + 1) * FIELDS > this.#fields.length) {
      const larger = new Int32Array(this.#fields.length * 2);
      larger.set(this.#fields);
      this.#fields = larger;
    }
    return this.#used++;
  }
}
