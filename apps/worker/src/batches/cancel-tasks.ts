import { type Clock, taskWorkloadId } from '@bulkhead/domain';
import { VersionConflict } from '@bulkhead/event-store';
import { because } from '../because.js';
import type { WorkloadCommands } from '../workloads/workload-commands.js';
import { type OpenBatch, tasksToCancel } from './batch-book.js';

/** Workloads of one batch that are cancelled at once. */
export const CANCELLED_AT_ONCE_MAX = 200;

export interface CancelTasksParts {
  readonly workloads: WorkloadCommands;
  readonly clock: Clock;
}

/** Cancels what a cancelled batch has under way. A workload that was cancelled before stays as it is. */
export class TaskCancellation {
  constructor(private readonly parts: CancelTasksParts) {}

  /**
   * True while tasks are left that have not been told.
   * @throws what came in the way of one of them, after the others were tried
   */
  async cancelSome(batch: OpenBatch): Promise<boolean> {
    const indexes = tasksToCancel(batch).slice(0, CANCELLED_AT_ONCE_MAX);
    const outcomes = await Promise.allSettled(indexes.map((index) => this.cancel(batch, index)));
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled' || outcome.reason instanceof VersionConflict) continue;
      throw outcome.reason;
    }
    return tasksToCancel(batch).length > 0;
  }

  /** What ended meanwhile refuses, which is as good. */
  private async cancel(batch: OpenBatch, index: number): Promise<void> {
    const { batchId, tenantId, correlationId, cancellation } = batch;
    if (cancellation === null) return;
    const { position, reason } = cancellation;
    await this.parts.workloads.carryOut({
      tenantId,
      workloadId: taskWorkloadId(batchId, index),
      command: () => ({ kind: 'cancel', reason, nowMs: this.parts.clock() }),
      metadata: because('batches', correlationId, position),
    });
    cancellation.told.add(index);
  }
}
