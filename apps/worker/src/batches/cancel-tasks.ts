import { type BatchId, type Clock, taskWorkloadId } from '@bulkhead/domain';
import { VersionConflict } from '@bulkhead/event-store';
import { because } from '../because.js';
import type { WorkloadCommands } from '../workloads/workload-commands.js';
import { type OpenBatch, tasksToCancel } from './batch-book.js';
import type { BatchRests } from './batch-rests.js';
import { TaskRound } from './task-round.js';

/** Workloads of all cancelled batches that are cancelled at once. */
export const CANCELLED_AT_ONCE_MAX = 200;

export interface CancelTasksParts {
  readonly workloads: WorkloadCommands;
  readonly clock: Clock;
}

/** Cancels what cancelled batches have under way, so many at a time. A workload that was cancelled before stays as it is. */
export function taskCancellations(
  parts: CancelTasksParts,
  open: ReadonlyMap<BatchId, OpenBatch>,
  rests: BatchRests,
): TaskRound {
  const act = (batch: OpenBatch, index: number) => cancel(parts, batch, index);
  const most = CANCELLED_AT_ONCE_MAX;
  return new TaskRound({ work: 'cancel', most, indexesOf: tasksToCancel, act }, open, rests);
}

/** What ended meanwhile refuses, which is as good; where others were faster every time, it is told again. */
async function cancel(
  { workloads, clock }: CancelTasksParts,
  { batchId, tenantId, correlationId, cancellation }: OpenBatch,
  index: number,
): Promise<void> {
  if (cancellation === null) return;
  const { position, reason } = cancellation;
  try {
    await workloads.carryOut({
      tenantId,
      workloadId: taskWorkloadId(batchId, index),
      command: () => ({ kind: 'cancel', reason, nowMs: clock() }),
      metadata: because('batches', correlationId, position),
    });
    cancellation.told.add(index);
  } catch (error) {
    if (!(error instanceof VersionConflict)) throw error;
  }
}
