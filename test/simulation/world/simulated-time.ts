import type { TimeMs } from '@bulkhead/domain';
import { VirtualTime } from '@bulkhead/hypervisor/simulated';

/**
 * The only time there is in a simulated world: it jumps from one call that is due to the next, one call at
 * a time, so that everything which a call wakes has come to rest before the next one.
 */
export class SimulatedTime {
  private readonly time: VirtualTime;
  /** Calls that were run. */
  calls = 0;

  constructor(startMs: TimeMs) {
    this.time = new VirtualTime(startMs);
  }

  readonly clock = (): TimeMs => this.time.clock();

  readonly after = (delayMs: number, run: () => void): (() => void) =>
    this.time.after(Math.ceil(delayMs), run);

  /** Runs the next call that is due by `untilMs`. False where there is none: then it is that late. */
  step(untilMs: TimeMs): boolean {
    if (this.time.jump(untilMs)) {
      this.calls += 1;
      return true;
    }
    this.time.advance(untilMs - this.time.clock());
    return false;
  }
}
