import type { Clock } from '@bulkhead/domain';
import type { Lease, Leases } from '@bulkhead/event-store';
import { type Logger, told } from '../logging.js';
import { sleep, type Timers } from '../timers.js';

/** How often leases are renewed, and how early their owner lets go of one that was not. */
export const LEASE_TIMES = { renewEveryMs: 1_000, marginMs: 500 } as const;
/** So many renewals may wait for their answer at a time: each holds a connection, and others need some. */
const UNANSWERED_MAX = 3;

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
  /** Ends with the latest renewal that was begun, or when that has had its time to be answered. */
  private underWay: Promise<unknown> = Promise.resolve();
  private next: Promise<void> | null = null;
  private readonly unanswered = new Set<Promise<void>>();
  private begun = 0;
  private newestAnswered = 0;
  private isOver = false;

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
    let asked: Promise<void> | null = null;
    while (!signal.aborted) {
      const renewal = this.renew();
      if (renewal !== asked) renewal.catch((error: unknown) => this.warn(error, 'renewed'));
      asked = renewal;
      const answered = await this.isAnsweredInTime(renewal);
      if (answered) await sleep(this.timers, LEASE_TIMES.renewEveryMs, signal);
    }
    this.isOver = true;
    await this.isAnsweredInTime(Promise.allSettled([this.next, ...this.unanswered]));
    await this.letGo();
  }

  /**
   * Takes and renews now: for a name that has just been added. Whoever asks while that is under way shares the next
   * time, which renews all: a fleet that is registered at once asks as often as it has hosts. One that gets no answer
   * holds up nobody: its connection may have died without a word, and by another one the leases are kept.
   */
  renew(): Promise<void> {
    this.next ??= this.turn().then(() => {
      this.next = null;
      this.begun += 1;
      const renewal = this.renewAll(this.begun);
      const answered = renewal
        .catch(() => {})
        .then(() => {
          this.unanswered.delete(answered);
        });
      this.unanswered.add(answered);
      this.underWay = this.isAnsweredInTime(answered);
      return renewal;
    });
    return this.next;
  }

  private async turn(): Promise<void> {
    await this.underWay;
    if (this.unanswered.size >= UNANSWERED_MAX) await Promise.race(this.unanswered);
  }

  /** Whether it ends, well or not, before the next renewal is due. Answers then, and not later. */
  private async isAnsweredInTime(asked: Promise<unknown>): Promise<boolean> {
    const ended = new AbortController();
    const end = () => ended.abort();
    asked.then(end, end);
    await sleep(this.timers, LEASE_TIMES.renewEveryMs, ended.signal);
    return ended.signal.aborted;
  }

  /** What is answered after a newer renewal was, or after the end, tells nothing of what is held now. */
  private async renewAll(number: number): Promise<void> {
    if (this.isOver || (this.wanted.size === 0 && this.held.size === 0)) return;
    const names = await this.duties([...this.wanted]);
    if (this.isOver || number < this.newestAnswered) return;
    await this.letGo((name) => !names.includes(name));
    const untilMs = this.clock() + this.table.ttlMs - LEASE_TIMES.marginMs;
    const leases = names.length === 0 ? [] : await this.table.acquireMany(names);
    if (this.isOver) return this.release(leases);
    if (number < this.newestAnswered) return;
    this.newestAnswered = number;
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
    await this.release(leases);
  }

  private async release(leases: readonly Lease[]): Promise<void> {
    if (leases.length === 0) return;
    await this.table.release(leases).catch((error: unknown) => this.warn(error, 'released'));
  }

  private warn(error: unknown, what: 'renewed' | 'released'): void {
    this.logger.warn({ component: 'leases', ...told(error) }, `leases were not ${what}`);
  }
}
