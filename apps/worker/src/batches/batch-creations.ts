import { type BatchId, isPast, type TimeMs } from '@bulkhead/domain';
import { type OpenBatch, taskBegun } from './batch-book.js';
import type { BatchRests } from './batch-rests.js';
import { type CreateTaskParts, TaskCreation } from './create-task.js';
import { TaskRound } from './task-round.js';

/** Workloads that are created at once. */
export const CREATED_AT_ONCE_MAX = 200;

/** Makes workloads of the tasks of all batches, so many at a time. */
export function batchCreations(
  parts: CreateTaskParts,
  open: ReadonlyMap<BatchId, OpenBatch>,
  rests: BatchRests,
): TaskRound {
  const creation = new TaskCreation(parts);
  const act = async (batch: OpenBatch, index: number) => {
    if (await creation.create(batch, index)) taskBegun(batch, index);
  };
  const indexesOf = (batch: OpenBatch) => nextIndexes(batch, parts.clock());
  const most = CREATED_AT_ONCE_MAX;
  return new TaskRound({ work: 'create', most, indexesOf, act }, open, rests);
}

/** The next tasks that may have a workload at that time: in order, within the batch's parallelism, while it may go on. */
export function nextIndexes(batch: OpenBatch, nowMs: TimeMs): number[] {
  const { state, tasksLeft, created, ended } = batch;
  if (state.status !== 'running' || state.tooManyFailures || isPast(state, nowMs)) return [];
  const unfinished = created.size - ended.size;
  const room = (state.maxParallel ?? Number.POSITIVE_INFINITY) - unfinished;
  return tasksLeft.next(Math.min(room, CREATED_AT_ONCE_MAX));
}
