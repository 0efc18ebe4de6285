import type { Resources } from '../workload/request.js';
import { type BeyondQuota, beyondQuota, noUse, type TenantQuota, usedWith } from './quota.js';

/** Too many tasks, or one that could never be placed; null where the quota allows the batch. */
export function batchBeyondQuota(
  tasks: readonly { readonly resources: Resources }[],
  quota: TenantQuota,
): BeyondQuota | null {
  if (tasks.length > quota.batchTasks) {
    return { quota: 'batchTasks', limit: quota.batchTasks, use: tasks.length };
  }
  for (const { resources } of tasks) {
    const beyond = beyondQuota(usedWith(noUse, resources, 'process', 1), quota);
    if (beyond !== null) return beyond;
  }
  return null;
}

/**
 * How many workloads of a batch may wait for a place at once, which is what a bound on waiting work counts: however
 * many tasks it has, no further one becomes a workload before one has ended. Whoever submits it, it counts the same.
 */
export function batchWaitingMax(taskCount: number, maxParallel: number | null): number {
  return Math.min(taskCount, maxParallel ?? taskCount);
}
