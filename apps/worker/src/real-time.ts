import type { Clock } from '@bulkhead/domain';
import type { Timers } from './timers.js';

/** Node's timers fire at once when they are asked for more than this. */
const LONGEST_TIMER_MS = 2_147_483_647;

export const realClock: Clock = () => Date.now();

/**
 * Only ever forward, and untouched by whoever sets the machine's clock: for how long something took or
 * may last. It tells no time of day.
 */
export const realSteadyClock: Clock = () => performance.now();

/** Node's own timers. They do not keep the process alive: what it listens to does. */
export const realTimers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, Math.min(Math.max(0, delayMs), LONGEST_TIMER_MS));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
