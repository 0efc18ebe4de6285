import type { Timers } from '../sources.js';

interface Due {
  readonly atMs: number;
  readonly run: () => void;
}

/** Time that passes when a test says so. */
export class ManualTimers implements Timers {
  nowMs = 0;
  private readonly due = new Set<Due>();

  after(delayMs: number, run: () => void): () => void {
    const due = { atMs: this.nowMs + delayMs, run };
    this.due.add(due);
    return () => this.due.delete(due);
  }

  /** Whatever falls due is run in its order, and what that leads to without further waiting as well. */
  async pass(ms: number): Promise<void> {
    const untilMs = this.nowMs + ms;
    await settled();
    for (;;) {
      const [next] = [...this.due].sort((a, b) => a.atMs - b.atMs);
      if (next === undefined || next.atMs > untilMs) break;
      this.due.delete(next);
      this.nowMs = next.atMs;
      next.run();
      await settled();
    }
    this.nowMs = untilMs;
  }
}

const TURNS = 5;

async function settled(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn += 1) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}
