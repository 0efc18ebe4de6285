import type { TimeMs } from '@bulkhead/domain';

interface Waiting {
  readonly dueMs: TimeMs;
  readonly order: number;
  /** Null once it was cancelled. */
  run: (() => void) | null;
}

/**
 * The only time there is in a simulated world: it jumps from one call that is due to the next, one call at
 * a time, so that everything which a call wakes has come to rest before the next one. Calls that are due
 * at the same moment run in the order in which they were asked for.
 */
export class SimulatedTime {
  private readonly heap: Waiting[] = [];
  private asked = 0;
  /** Calls that were run. */
  calls = 0;

  constructor(private nowMs: TimeMs) {}

  readonly clock = (): TimeMs => this.nowMs;

  readonly after = (delayMs: number, run: () => void): (() => void) => {
    const dueMs = this.nowMs + Math.max(0, Math.ceil(delayMs));
    const waiting: Waiting = { dueMs, order: this.asked++, run };
    this.push(waiting);
    return () => {
      waiting.run = null;
    };
  };

  /** Runs the next call that is due by `untilMs`. False where there is none: then it is that late. */
  step(untilMs: TimeMs): boolean {
    for (let next = this.heap[0]; next !== undefined; next = this.heap[0]) {
      if (next.run !== null && next.dueMs > untilMs) break;
      this.pop();
      if (next.run === null) continue;
      this.nowMs = next.dueMs;
      this.calls += 1;
      next.run();
      return true;
    }
    this.nowMs = Math.max(this.nowMs, untilMs);
    return false;
  }

  private push(waiting: Waiting): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(waiting);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Waiting;
      if (!isBefore(waiting, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = waiting;
  }

  private pop(): void {
    const { heap } = this;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      const right = heap[child + 1];
      if (right !== undefined && isBefore(right, heap[child] as Waiting)) child += 1;
      const below = heap[child] as Waiting;
      if (!isBefore(below, last)) break;
      heap[at] = below;
      at = child;
    }
    heap[at] = last;
  }
}

function isBefore(a: Waiting, b: Waiting): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
