import type { Lease } from '@bulkhead/event-store';
import { NotItsTurn } from './jobs/start-turns.js';
import type { LeaseTable } from './leases/lease-keeper.js';
import { countsByQueue, type Job, type JobQueue } from './queue/job.js';
import { realTimers } from './real-time.js';
import { sleep, type Timers } from './timers.js';

/** Leases without a table: whoever asks first has one until it is taken away. */
export class LeasesInMemory {
  private readonly held = new Map<string, { owner: string; epoch: number }>();

  of(owner: string): LeaseTable {
    return {
      ttlMs: 3_000,
      acquireMany: async (names) => names.flatMap((name) => this.acquire(name, owner)),
      release: async (leases) => {
        for (const { name } of leases) this.takeAway(name);
      },
      currentEpoch: async (name) => this.held.get(name)?.epoch ?? null,
      isHeldElsewhere: async (name) => !['', owner].includes(this.held.get(name)?.owner ?? ''),
    };
  }

  /** As if its time had run out. */
  takeAway(name: string): void {
    const lease = this.held.get(name);
    if (lease !== undefined) this.held.set(name, { ...lease, owner: '' });
  }

  private acquire(name: string, owner: string): Lease[] {
    const lease = this.held.get(name) ?? { owner: '', epoch: 0 };
    if (lease.owner !== '' && lease.owner !== owner) return [];
    const epoch = lease.owner === owner ? lease.epoch : lease.epoch + 1;
    this.held.set(name, { owner, epoch });
    return [{ name, epoch }];
  }
}

/** A queue that can lose, hold back and repeat jobs. */
export class QueueInMemory implements JobQueue {
  readonly seen: Job[] = [];
  private readonly waiting = new Map<string, Job>();
  /** Kinds of jobs that are lost on their way into the queue. */
  lost: readonly Job['kind'][] = [];
  repeats = 1;
  take: ((job: Job) => Promise<void>) | null = null;

  async add(jobs: readonly Job[]): Promise<void> {
    for (const job of jobs) {
      this.seen.push(job);
      if (this.lost.includes(job.kind) || this.waiting.has(job.id)) continue;
      this.waiting.set(job.id, job);
      for (let time = 0; time < this.repeats; time += 1) void this.run(job);
    }
  }

  async counts() {
    return countsByQueue(() => ({ waiting: 0 }));
  }

  /** None ever fails for good here. */
  async retryFailed() {}

  private async run(job: Job): Promise<void> {
    const forever = new AbortController().signal;
    await sleep(realTimers, job.delayMs, forever);
    for (let attempt = 0; attempt < 50; attempt += 1) {
      try {
        await this.take?.(job);
        break;
      } catch (error) {
        const afterMs = error instanceof NotItsTurn ? error.afterMs : 20;
        await sleep(realTimers, afterMs, forever);
      }
    }
    this.waiting.delete(job.id);
  }
}

/** Longer than any test: a run of just that time ends when the test says so, however slow the machine is. */
export const UNTIL_TOLD_MS = 3_600_000;

/** Real time for simulated hosts, but for the runs whose end a test has in hand. */
export class RunsInHand implements Timers {
  private readonly ends = new Set<() => void>();

  after(delayMs: number, run: () => void): () => void {
    if (delayMs !== UNTIL_TOLD_MS) return realTimers.after(delayMs, run);
    const end = () => {
      this.ends.delete(end);
      run();
    };
    this.ends.add(end);
    return () => void this.ends.delete(end);
  }

  /** Ends all that run until they are told. */
  end(): void {
    for (const end of this.ends) end();
  }
}

/** Output that cannot be read: reading it fails, not asking for it. */
export function failing(error: Error): AsyncIterable<never> {
  return { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(error) }) };
}

/** What a tenant without limits is told of a submission. */
export const admitted = { refused: null, submissions: 1, resetMs: 1, pending: null } as const;
