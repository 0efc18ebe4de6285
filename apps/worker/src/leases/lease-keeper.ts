import type { Clock } from '@bulkhead/domain';
import type { Leases } from '@bulkhead/event-store';
import { type Logger, told } from '../logging.js';
import { sleep, type Timers } from '../timers.js';

/** How often leases are renewed, and how early their owner lets go of one that was not. */
export const LEASE_TIMES = { renewEveryMs: 1_000, marginMs: 500 } as const;

/** The table of leases, as far as the worker needs it: taking again what one holds renews it. */
export type LeaseTable = Pick<
  Leases,
  'acquireMany' | 'release' | 'currentEpoch' | 'isHeldElsewhere' | 'ttlMs'
>;

/** Which of the leases that a process wants it may have at this moment. */
export type Duties = (wanted: readonly string[]) => Promise<readonly string[]>;

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
  private underWay: Promise<void> = Promise.resolve();
  private next: Promise<void> | null = null;

  constructor(
    private readonly table: LeaseTable,
    private readonly clock: Clock,
    private readonly timers: Timers,
    private readonly logger: Logger,
    private readonly duties: Duties = async (wanted) => wanted,
  ) {}

  /** Called after every renewal. */
  onRenewed(watcher: () => void): void {
    this.watchers.push(watcher);
  }

  want(name: string): void {
    this.wanted.add(name);
  }

  /** No longer needed; the next renewal gives it back. */
  wantNoMore(name: string): void {
    this.wanted.delete(name);
  }

  /** For a process that can do nothing any more which needs a lease. */
  wantNothing(): void {
    this.wanted.clear();
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

  /**
   * Takes and renews now: for a name that has just been added. Whoever asks while that is under way shares the next
   * time, which renews all: a fleet that is registered at once asks as often as it has hosts.
   */
  renew(): Promise<void> {
    this.next ??= this.underWay.then(() => {
      this.next = null;
      const renewal = this.renewAll();
      this.underWay = renewal.catch(() => {});
      return renewal;
    });
    return this.next;
  }

  private async renewAll(): Promise<void> {
    if (this.wanted.size === 0 && this.held.size === 0) return;
    const names = await this.duties([...this.wanted]);
    await this.letGo((name) => !names.includes(name));
    const untilMs = this.clock() + this.table.ttlMs - LEASE_TIMES.marginMs;
    const leases = names.length === 0 ? [] : await this.table.acquireMany(names);
    this.held.clear();
    for (const { name, epoch } of leases) this.held.set(name, { epoch, untilMs });
    for (const watcher of this.watchers) watcher();
  }

  /** The epoch of a lease, whoever holds it; null where nobody ever did. */
  async currentEpochOf(name: string): Promise<number | null> {
    return this.epochOf(name) ?? this.table.currentEpoch(name);
  }

  /** So that a successor need not wait until they run out. */
  private async letGo(isToGo: (name: string) => boolean = () => true): Promise<void> {
    const given = [...this.held].filter(([name]) => isToGo(name));
    const leases = given.map(([name, { epoch }]) => ({ name, epoch }));
    for (const { name } of leases) this.held.delete(name);
    if (leases.length === 0) return;
    await this.table.release(leases).catch((error: unknown) => {
      this.logger.warn({ component: 'leases', ...told(error) }, 'leases were not released');
    });
  }
}
