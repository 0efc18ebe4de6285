import type { TimeMs } from '@bulkhead/domain';

/** Waiting, as a parameter: real in a process, virtual in a simulation. */
export interface Timers {
  /** Calls `run` once, `delayMs` from now. The answer cancels it; cancelling twice, or late, is harmless. */
  after(delayMs: number, run: () => void): () => void;
}

interface Waiting {
  readonly dueMs: TimeMs;
  readonly order: number;
  readonly run: () => void;
  cancelled: boolean;
}

/** More calls than this at one go means that two timers keep waking each other. */
const MAX_CALLS_PER_ADVANCE = 1_000_000;

/**
 * Time that passes only when it is told to, so that hours of a fleet run in milliseconds and always in
 * the same order. Calls that are due at the same moment run in the order in which they were asked for.
 */
export class VirtualTime implements Timers {
  #nowMs: TimeMs;
  #asked = 0;
  #heap: Waiting[] = [];

  constructor(startMs: TimeMs) {
    this.#nowMs = startMs;
  }

  readonly clock = (): TimeMs => this.#nowMs;

  after(delayMs: number, run: () => void): () => void {
    const dueMs = this.#nowMs + Math.max(0, Math.round(delayMs));
    const waiting: Waiting = { dueMs, order: this.#asked++, run, cancelled: false };
    this.#push(waiting);
    return () => {
      waiting.cancelled = true;
    };
  }

  /** Lets `ms` pass, running everything that falls due on the way. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    let calls = 0;
    for (let next = this.#heap[0]; next && next.dueMs <= untilMs; next = this.#heap[0]) {
      this.#pop();
      if (next.cancelled) continue;
      if (++calls > MAX_CALLS_PER_ADVANCE) throw new Error('virtual time does not come to rest');
      this.#nowMs = next.dueMs;
      next.run();
    }
    this.#nowMs = untilMs;
  }

  #push(waiting: Waiting): void {
    const heap = this.#heap;
    let at = heap.push(waiting) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(heap[at], heap[parent])) break;
      swap(heap, at, parent);
      at = parent;
    }
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    heap[0] = last;
    let at = 0;
    for (;;) {
      let first = at;
      for (const child of [2 * at + 1, 2 * at + 2])
        if (isBefore(heap[child], heap[first])) first = child;
      if (first === at) return;
      swap(heap, at, first);
      at = first;
    }
  }
}

function isBefore(a: Waiting | undefined, b: Waiting | undefined): boolean {
  if (!a || !b) return false;
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

function swap(heap: Waiting[], a: number, b: number): void {
  const kept = heap[a] as Waiting;
  heap[a] = heap[b] as Waiting;
  heap[b] = kept;
}
