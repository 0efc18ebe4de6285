import type { ProjectionProgress } from '@bulkhead/event-store';
import { consistencyTimeout, unavailable } from '../problems/problems.js';
import type { Timers } from '../sources.js';

/** While anyone waits, the checkpoints are read this often: once for all waiters of the process. */
const POLL_MS = 20;
/** Requests that may wait at once, in all and for one scope, so that none can take all the places. */
export const WAITING_MAX = { all: 1_000, ofOneScope: 200 } as const;

export interface ProjectionWaiterParts {
  readonly readProgress: () => Promise<ProjectionProgress>;
  readonly timers: Timers;
  readonly timeoutMs: number;
}

/** What a read waits for: that these read models have passed a position. */
export interface Awaited {
  readonly scope: string;
  readonly projections: readonly string[];
  readonly position: number;
}

interface Waiting extends Awaited {
  readonly end: (problem?: unknown) => void;
}

/**
 * Makes reads wait until read models have come far enough. A waiter costs a timer and no connection:
 * one query at a time looks at the checkpoints for all of them, and none is sent while nobody waits.
 */
export class ProjectionWaiter {
  private readonly waiting = new Set<Waiting>();
  private readonly waitingOf = new Map<string, number>();
  private known: ProjectionProgress = new Map();
  private polling = false;

  constructor(private readonly parts: ProjectionWaiterParts) {}

  /** @throws RequestProblem after `timeoutMs` (504), or where too many wait already (503) */
  async passed(awaited: Awaited): Promise<void> {
    // Positions never go back, so what was seen once needs no second look.
    if (hasPassed(this.known, awaited)) return;
    const { scope } = awaited;
    const ofScope = this.waitingOf.get(scope) ?? 0;
    if (this.waiting.size >= WAITING_MAX.all || ofScope >= WAITING_MAX.ofOneScope) {
      throw unavailable('OVERLOADED', 'Too many requests are waiting for lists to catch up.');
    }
    this.waitingOf.set(scope, ofScope + 1);
    try {
      await this.untilPassed(awaited);
    } finally {
      const left = (this.waitingOf.get(scope) ?? 1) - 1;
      if (left > 0) this.waitingOf.set(scope, left);
      else this.waitingOf.delete(scope);
    }
  }

  private untilPassed(awaited: Awaited): Promise<void> {
    const { timers, timeoutMs } = this.parts;
    return new Promise((resolve, reject) => {
      const waiting: Waiting = {
        ...awaited,
        end: (problem) => {
          cancel();
          this.waiting.delete(waiting);
          if (problem === undefined) resolve();
          else reject(problem);
        },
      };
      const cancel = timers.after(timeoutMs, () => waiting.end(consistencyTimeout(timeoutMs)));
      this.waiting.add(waiting);
      if (!this.polling) void this.poll();
    });
  }

  /** Runs while anyone waits. A failed look is told to those who wait for it; the next comes with the next. */
  private async poll(): Promise<void> {
    this.polling = true;
    while (this.waiting.size > 0) {
      try {
        this.known = await this.parts.readProgress();
        for (const waiting of [...this.waiting]) if (hasPassed(this.known, waiting)) waiting.end();
      } catch (error) {
        for (const waiting of [...this.waiting]) waiting.end(error);
      }
      if (this.waiting.size > 0) {
        await new Promise<void>((resolve) => this.parts.timers.after(POLL_MS, resolve));
      }
    }
    this.polling = false;
  }
}

function hasPassed(progress: ProjectionProgress, { projections, position }: Awaited): boolean {
  return projections.every((name) => (progress.get(name) ?? 0) >= position);
}
