import { VirtualTime } from '@bulkhead/hypervisor/simulated';

/** A start, a run, a stop and a lease of a few workloads each: so much waits on a busy host. */
const TIMERS_PER_HOST = 10;
/** Every so many calls one timer is set and cancelled besides, as a stop does. */
const CALLS_PER_CANCEL = 4;
const DELAY_MAX_MS = 60_000;
const NANOSECONDS_PER_MICROSECOND = 1_000;

/**
 * Hosts that do nothing but set their next timer: what is measured is the core alone, asking included.
 * Answers how many nanoseconds of a core one event took,
 * garbage collection included.
 */
export function noOpFleet(hosts: number, events: number): number {
  const time = new VirtualTime(1_750_000_000_000);
  let state = 1;
  const delayMs = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return 1 + (state % DELAY_MAX_MS);
  };
  let calls = 0;
  const call = () => {
    time.after(delayMs(), call);
    if (++calls % CALLS_PER_CANCEL === 0) time.after(delayMs(), call)();
  };
  for (let n = 0; n < hosts * TIMERS_PER_HOST; n++) time.after(delayMs(), call);
  // Every timer has run once before it counts, so that the compiler and the memory are warm.
  run(time, hosts * TIMERS_PER_HOST + events / 4);
  const before = process.cpuUsage();
  run(time, events);
  const { user, system } = process.cpuUsage(before);
  return ((user + system) * NANOSECONDS_PER_MICROSECOND) / events;
}

function run(time: VirtualTime, events: number): void {
  for (let n = 0; n < events; n++) time.jump();
}
