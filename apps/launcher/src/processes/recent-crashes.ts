const FIRST_RESTART_DELAY_MS = 250;
const MAX_RESTART_DELAY_MS = 8_000;
/** So many crashes within the window end the whole launch: something is really wrong. */
export const MAX_CRASHES = 6;
const CRASH_WINDOW_MS = 60_000;

/** How often something that is kept running has ended by itself of late, and what follows from that. */
export class RecentCrashes {
  private readonly crashes: number[] = [];

  /** Counts one more; answers after how long to start again, or undefined where that is no use any more. */
  restartDelayMs(): number | undefined {
    const now = performance.now();
    while (this.crashes[0] !== undefined && now - this.crashes[0] > CRASH_WINDOW_MS) {
      this.crashes.shift();
    }
    this.crashes.push(now);
    return this.crashes.length < MAX_CRASHES ? restartDelayMs(this.crashes.length) : undefined;
  }
}

/** Doubles with every recent crash, up to its bound. */
export function restartDelayMs(recentCrashes: number): number {
  return Math.min(FIRST_RESTART_DELAY_MS * 2 ** (recentCrashes - 1), MAX_RESTART_DELAY_MS);
}
