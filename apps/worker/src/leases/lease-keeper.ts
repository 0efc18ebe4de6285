import type { Clock } from '@bulkhead/domain';
import type { Logger } from '../logging.js';
import { told } from '../logging.js';
import { sleep, type Timers } from '../timers.js';

/** How long a lease lasts without a renewal, how often it is renewed, and how early its owner lets go of it. */
export const LEASE_TIMES = { ttlMs: 3_000, renewEveryMs: 1_000, marginMs: 500 } as const;

/** The table of leases in Postgres, as far as the worker needs it. Its owner is one process. */
export interface LeaseTable {
  /**
   * Takes every lease of these names that is free or has run out, and renews those that are held. The
   * answer has the epoch of each that is now this process's.
   */
  acquireMany(names: readonly string[], ttlMs: number): Promise<ReadonlyMap<string, number>>;
  release(names: readonly string[]): Promise<void>;
}

interface Held {
  readonly epoch: number;
  readonly untilMs: number;
}

/**
 * Holds all leases of one process that last for longer than a query: the placer's and the hosts'. They
 * are renewed together, in one statement. By its own clock it lets go before the table does.
 */
export class LeaseKeeper {
  private readonly wanted = new Set<string>();
  private readonly held = new Map<string, Held>();
  private readonly watchers: (() => void)[] = [];

  constructor(
    private readonly table: LeaseTable,
    private readonly clock: Clock,
    private readonly timers: Timers,
    private readonly logger: Logger,
  ) {}

  /** Called after every renewal. */
  onRenewed(watcher: () => void): void {
    this.watchers.push(watcher);
  }

  want(name: string): void {
    this.wanted.add(name);
  }

  wants(name: string): boolean {
    return this.wanted.has(name);
  }

  /** The lease's epoch while it is surely held, else null. */
  epochOf(name: string): number | null {
    const held = this.held.get(name);
    return held !== undefined && held.untilMs > this.clock() ? held.epoch : null;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.renew().catch((error: unknown) => {
        this.logger.warn({ component: 'leases', ...told(error) }, 'leases were not renewed');
      });
      await sleep(this.timers, LEASE_TIMES.renewEveryMs, signal);
    }
    await this.letGo();
  }

  /** Takes and renews now: for a name that has just been added. */
  async renew(): Promise<void> {
    if (this.wanted.size === 0) return;
    const names = [...this.wanted];
    const untilMs = this.clock() + LEASE_TIMES.ttlMs - LEASE_TIMES.marginMs;
    const epochs = await this.table.acquireMany(names, LEASE_TIMES.ttlMs);
    for (const name of names) {
      const epoch = epochs.get(name);
      if (epoch === undefined) this.held.delete(name);
      else this.held.set(name, { epoch, untilMs });
    }
    for (const watcher of this.watchers) watcher();
  }

  /** So that a successor need not wait until they run out. */
  private async letGo(): Promise<void> {
    const names = [...this.held.keys()];
    this.held.clear();
    if (names.length === 0) return;
    await this.table.release(names).catch((error: unknown) => {
      this.logger.warn({ component: 'leases', ...told(error) }, 'leases were not released');
    });
  }
}
