import type { Clock } from '@bulkhead/domain';
import type { Timers } from '@bulkhead/hypervisor/simulated';

/** Node's timers fire at once when they are asked for more than this. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** Wall-clock time that never goes backwards: leases and stages must not, when somebody sets the clock. */
export const monotonicClock: Clock = () => Math.floor(performance.timeOrigin + performance.now());

/** Node's own timers, for any delay. They do not keep the process alive. */
export const realTimers: Timers = {
  after(delayMs, run) {
    let timer: NodeJS.Timeout;
    const arm = (leftMs: number) => {
      const stepMs = Math.min(leftMs, LONGEST_TIMER_MS);
      timer = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : run()), stepMs);
      timer.unref();
    };
    arm(Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};
