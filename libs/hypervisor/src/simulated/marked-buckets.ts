/** Buckets of one wheel of an agenda. */
export const WHEEL_BITS = 10;
export const WHEEL_BUCKETS = 1 << WHEEL_BITS;
const WORDS = WHEEL_BUCKETS / 32;

/** Which buckets of one wheel hold something, as bits, so that the next one is found in a few steps. */
export class MarkedBuckets {
  readonly #words = new Int32Array(WORDS);
  /** A bit for each word that has any. */
  #summary = 0;

  mark(bucket: number): void {
    const word = bucket >> 5;
    this.#words[word] = (this.#words[word] as number) | (1 << (bucket & 31));
    this.#summary |= 1 << word;
  }

  unmark(bucket: number): void {
    const word = bucket >> 5;
    const left = (this.#words[word] as number) & ~(1 << (bucket & 31));
    this.#words[word] = left;
    if (left === 0) this.#summary &= ~(1 << word);
  }

  /** The first marked bucket from this one on, which may be beyond the last; -1 where there is none. */
  firstFrom(bucket: number): number {
    if (bucket >= WHEEL_BUCKETS) return -1;
    const word = bucket >> 5;
    const here = (this.#words[word] as number) & (-1 << (bucket & 31));
    if (here !== 0) return (word << 5) + lowestBit(here);
    // A shift by 32 would be one by 0.
    const beyond = word === WORDS - 1 ? 0 : this.#summary & (-1 << (word + 1));
    if (beyond === 0) return -1;
    const next = lowestBit(beyond);
    return (next << 5) + lowestBit(this.#words[next] as number);
  }
}

function lowestBit(bits: number): number {
  return 31 - Math.clz32(bits & -bits);
}
