import type { LogGrowth } from '../../../apps/worker/src/fleet/fleet-follower.js';
import type { Link, Network } from './network.js';
import type { ProcessLife } from './process-life.js';
import type { SimulatedLog } from './simulated-log.js';
import type { SimulatedTime } from './simulated-time.js';

/** What tells one process that the log has grown: late, once for many appends, or sometimes not at all. */
export class GrowthPort implements LogGrowth {
  growths = 0;
  private isOnItsWay = false;
  private readonly waiting = new Set<() => void>();

  constructor(
    log: SimulatedLog,
    private readonly life: ProcessLife,
    time: SimulatedTime,
    network: Network,
    link: Link,
    isLost: () => boolean,
  ) {
    const stop = log.onGrowth(() => {
      if (this.isOnItsWay || link.isCut || isLost()) return;
      this.isOnItsWay = true;
      time.after(network.delayMs(link.rates), () => {
        this.isOnItsWay = false;
        life.deliver(() => this.wake());
      });
    });
    life.onDeath(stop);
  }

  waitForGrowth(timeoutMs: number, signal: AbortSignal, since = this.growths): Promise<void> {
    if (this.growths !== since || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        signal.removeEventListener('abort', done);
        this.waiting.delete(done);
        resolve();
      };
      const cancel = this.life.timers.after(timeoutMs, done);
      signal.addEventListener('abort', done, { once: true });
      this.waiting.add(done);
    });
  }

  private wake(): void {
    this.growths += 1;
    for (const done of [...this.waiting]) done();
  }
}
