import type { Timers } from './timers.js';

export interface WarmPoolSurroundings {
  readonly timers: Timers;
  /** How long the next copy takes from its clone to being ready. */
  nextCopyMs(): number;
  /** Whether the host has the memory for one more copy just now. */
  hasRoom(): boolean;
}

/**
 * Copies of one template that were started and hold no container: whoever starts next takes the oldest.
 * They are made one after the other, as long as memory is left that nobody was promised, and at most `size`.
 */
export class WarmPool {
  readonly #ready: number[] = [];
  #made = 0;
  #cancelNext: (() => void) | null = null;
  #closed = false;

  constructor(
    private readonly size: number,
    private readonly around: WarmPoolSurroundings,
  ) {}

  get ready(): number {
    return this.#ready.length;
  }

  /** Copies that hold memory: those that are ready, and the one that is being made. */
  get held(): number {
    return this.#ready.length + (this.#cancelNext === null ? 0 : 1);
  }

  /** Makes the next copy where one is missing. Repeating it does no harm. */
  refill(): void {
    if (this.#closed || this.#cancelNext !== null || this.#ready.length >= this.size) return;
    if (!this.around.hasRoom()) return;
    this.#cancelNext = this.around.timers.after(this.around.nextCopyMs(), () => {
      this.#cancelNext = null;
      this.#made += 1;
      this.#ready.push(this.#made);
      this.refill();
    });
  }

  /** The number of a ready copy, which is nobody else's from now on; null where none is ready. */
  claim(): number | null {
    const copy = this.#ready.shift() ?? null;
    if (copy !== null) this.refill();
    return copy;
  }

  /** Ends one copy, the one that is being made first; false where there is none. */
  giveUpOne(): boolean {
    if (this.#cancelNext !== null) {
      this.#cancelNext();
      this.#cancelNext = null;
      return true;
    }
    return this.#ready.pop() !== undefined;
  }

  /** Ends every copy for good. */
  close(): void {
    this.#closed = true;
    this.#cancelNext?.();
    this.#cancelNext = null;
    this.#ready.length = 0;
  }
}
