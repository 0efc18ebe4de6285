import type { TimeMs } from '@bulkhead/domain';
import { NotItsTurn } from '../../../apps/worker/src/jobs/start-turns.js';
import { JOB_ATTEMPTS_MAX } from '../../../apps/worker/src/queue/bull-job-queue.js';
import {
  countsByQueue,
  JOB_PRIORITY,
  type Job,
  QUEUE_NAMES,
  QUEUE_OF,
  type QueueName,
} from '../../../apps/worker/src/queue/job.js';
import type { Chance } from './chance.js';
import type { SimulatedTime } from './simulated-time.js';

/** How badly the queue does its work. Probabilities are for one job. */
export interface QueueRates {
  /** Kept back for up to so long, whatever came after it. */
  readonly heldBack: number;
  readonly heldBackMaxMs: number;
  /** Handed to a second worker while the first has it in hand. */
  readonly twice: number;
  /** Done, and handed out once more, because the queue did not hear of it. */
  readonly ackLost: number;
}

export const calmQueue: QueueRates = { heldBack: 0, heldBackMaxMs: 0, twice: 0, ackLost: 0 };

/** As the worker sets it for BullMQ: a job in hand for longer belongs to a worker that has died. */
const LOCK_MS = 15_000;
const FIRST_RETRY_MS = 200;

/** Whoever takes jobs. */
export interface JobTaker {
  /** Whether it can take one more of this queue. */
  readonly hasRoom: (name: QueueName) => boolean;
  /** Runs it; `done` is called with its error, if it had one, unless its process died meanwhile. */
  readonly take: (job: Job, done: (error: unknown) => void) => void;
}

interface Entry {
  readonly job: Job;
  attempts: number;
  state: 'delayed' | 'waiting' | 'active' | 'failed';
  /** Counts how often it was handed out, so that an old answer is not taken for a new one. */
  handedOut: number;
}

/**
 * Queues like the real ones: an id is there once, none waits for another queue, the lower priority number goes
 * first, a failed job comes again after a pause that doubles, and one whose worker is gone comes again when
 * its lock has ended.
 */
export class SimulatedQueue {
  rates: QueueRates = calmQueue;
  private readonly entries = new Map<string, Entry>();
  private readonly waiting: Entry[] = [];
  private readonly takers: JobTaker[] = [];
  private turn = 0;

  constructor(
    private readonly time: SimulatedTime,
    private readonly chance: Chance,
  ) {}

  /** How many jobs are there that have not failed for good. */
  get open(): number {
    let open = 0;
    for (const { state } of this.entries.values()) if (state !== 'failed') open += 1;
    return open;
  }

  add(jobs: readonly Job[]): void {
    for (const job of jobs) {
      if (this.entries.has(job.id)) continue;
      const entry: Entry = { job, attempts: 0, state: 'delayed', handedOut: 0 };
      this.entries.set(job.id, entry);
      this.comeAgain(entry, job.delayMs);
    }
  }

  counts() {
    return countsByQueue((name) => {
      const counts = { waiting: 0, active: 0, delayed: 0, failed: 0, prioritized: 0 };
      for (const { job, state } of this.entries.values()) {
        if (QUEUE_OF[job.kind] === name) counts[state] += 1;
      }
      return counts;
    });
  }

  retryFailed(name: QueueName): void {
    for (const entry of this.entries.values()) {
      if (entry.state === 'failed' && QUEUE_OF[entry.job.kind] === name) this.comeAgain(entry, 0);
    }
  }

  /** Everything in it is gone, as when its datastore was emptied. */
  lose(): void {
    this.entries.clear();
    this.waiting.length = 0;
  }

  addTaker(taker: JobTaker): () => void {
    this.takers.push(taker);
    this.handOut();
    return () => {
      const at = this.takers.indexOf(taker);
      if (at >= 0) this.takers.splice(at, 1);
    };
  }

  /** Somebody may have room again. */
  handOut(): void {
    for (const name of QUEUE_NAMES) {
      for (let entry = this.firstOf(name); entry !== null; entry = this.firstOf(name)) {
        const taker = this.nextTaker(name);
        if (taker === null) break;
        this.waiting.splice(this.waiting.indexOf(entry), 1);
        this.give(entry, taker);
        if (this.chance.is(this.rates.twice)) this.giveAgain(entry);
      }
    }
  }

  private comeAgain(entry: Entry, delayMs: TimeMs): void {
    const { heldBack, heldBackMaxMs } = this.rates;
    const more = this.chance.is(heldBack) ? this.chance.between(1, heldBackMaxMs) : 0;
    entry.state = 'delayed';
    this.time.after(delayMs + more, () => {
      if (this.entries.get(entry.job.id) !== entry || entry.state !== 'delayed') return;
      entry.state = 'waiting';
      this.waiting.push(entry);
      this.handOut();
    });
  }

  private nextTaker(name: QueueName): JobTaker | null {
    for (let tried = 0; tried < this.takers.length; tried += 1) {
      this.turn = (this.turn + 1) % this.takers.length;
      const taker = this.takers[this.turn];
      if (taker?.hasRoom(name)) return taker;
    }
    return null;
  }

  private firstOf(name: QueueName): Entry | null {
    let first: Entry | null = null;
    for (const entry of this.waiting) {
      if (QUEUE_OF[entry.job.kind] !== name) continue;
      if (first === null || priorityOf(entry) < priorityOf(first)) first = entry;
    }
    return first;
  }

  private give(entry: Entry, taker: JobTaker): void {
    entry.state = 'active';
    entry.handedOut += 1;
    const { handedOut } = entry;
    const isCurrent = () => entry.state === 'active' && entry.handedOut === handedOut;
    const stalled = this.time.after(LOCK_MS, () => {
      if (isCurrent() && this.entries.get(entry.job.id) === entry) this.comeAgain(entry, 0);
    });
    taker.take(entry.job, (error) => {
      if (!isCurrent() || this.chance.is(this.rates.ackLost)) return;
      stalled();
      this.end(entry, error);
    });
  }

  private end(entry: Entry, error: unknown): void {
    if (this.entries.get(entry.job.id) !== entry) return;
    if (error === null) {
      this.entries.delete(entry.job.id);
      return;
    }
    if (error instanceof NotItsTurn) {
      this.comeAgain(entry, error.afterMs);
      return;
    }
    entry.attempts += 1;
    if (entry.attempts >= JOB_ATTEMPTS_MAX) entry.state = 'failed';
    else this.comeAgain(entry, FIRST_RETRY_MS * 2 ** (entry.attempts - 1));
  }

  /** What the second one says of it is of no interest. */
  private giveAgain({ job }: Entry): void {
    const taker = this.nextTaker(QUEUE_OF[job.kind]);
    taker?.take(job, () => {});
  }
}

function priorityOf({ job }: Entry): number {
  return JOB_PRIORITY[job.kind] ?? 0;
}
