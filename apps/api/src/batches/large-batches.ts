import type { TenantId } from '@bulkhead/domain';
import { unavailable } from '../problems/problems.js';

/** From so many tasks on a batch waits for its turn. */
export const LARGE_FROM_TASKS = 500;
/** How many large batches of one process are worked on at a time, one of each tenant, and how many may wait for that. */
export const LARGE_BATCHES_MAX = { atWork: 2, waiting: 32, waitingOfOneTenant: 8 } as const;
/** A large one takes about a second. */
const RETRY_AFTER_SECONDS = 2;

/**
 * The line of large batches: each costs its process and the log a good part of a second, and megabytes until it is
 * recorded, so a tenant that sends many at once waits for its own. Tenants take turns.
 */
export class LargeBatches {
  private readonly atWork = new Set<TenantId>();
  /** By tenant, in the order of their turns, those that wait. */
  private readonly lines = new Map<TenantId, (() => void)[]>();
  private waiting = 0;

  /** @throws RequestProblem (503) where too many wait already */
  async run<T>(tenantId: TenantId, taskCount: number, work: () => Promise<T>): Promise<T> {
    if (taskCount < LARGE_FROM_TASKS) return work();
    await this.turn(tenantId);
    try {
      return await work();
    } finally {
      this.atWork.delete(tenantId);
      this.beginNext();
    }
  }

  private turn(tenantId: TenantId): Promise<void> {
    if (this.atWork.size < LARGE_BATCHES_MAX.atWork && !this.atWork.has(tenantId)) {
      this.atWork.add(tenantId);
      return Promise.resolve();
    }
    const line = this.lines.get(tenantId) ?? [];
    const { waiting, waitingOfOneTenant } = LARGE_BATCHES_MAX;
    if (this.waiting >= waiting || line.length >= waitingOfOneTenant) throw tooMany();
    this.lines.set(tenantId, line);
    this.waiting += 1;
    return new Promise((begin) => void line.push(begin));
  }

  private beginNext(): void {
    for (const [tenantId, line] of this.lines) {
      if (this.atWork.has(tenantId)) continue;
      const [begin, ...others] = line;
      // Whoever had a turn stands behind all others.
      this.lines.delete(tenantId);
      if (others.length > 0) this.lines.set(tenantId, others);
      this.waiting -= 1;
      this.atWork.add(tenantId);
      begin?.();
      return;
    }
  }
}

function tooMany() {
  const detail = 'Too many large batches are waiting already. Nothing was recorded.';
  return unavailable('OVERLOADED', detail, RETRY_AFTER_SECONDS);
}
