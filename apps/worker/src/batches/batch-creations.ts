import { type BatchId, type Clock, isPast, type TimeMs } from '@bulkhead/domain';
import type { OpenBatch } from './batch-book.js';
import type { BatchRests } from './batch-rests.js';
import { type CreateTaskParts, TaskCreation } from './create-task.js';

/** Workloads that are created at once. */
export const CREATED_AT_ONCE_MAX = 200;

/** Makes workloads of the tasks of all batches, so many at a time. */
export class BatchCreations {
  private readonly creation: TaskCreation;
  private readonly clock: Clock;
  private servedLast: BatchId | null = null;

  constructor(
    parts: CreateTaskParts,
    private readonly open: ReadonlyMap<BatchId, OpenBatch>,
    private readonly rests: BatchRests,
  ) {
    this.creation = new TaskCreation(parts);
    this.clock = parts.clock;
  }

  /** True when more of their tasks could be created at once. */
  async createSome(batches: readonly OpenBatch[]): Promise<boolean> {
    const mayCreate = (batch: OpenBatch) =>
      this.open.has(batch.batchId) && !this.rests.isResting(batch, 'create');
    const tasks = this.nextTasks(batches.filter(mayCreate));
    const failures = new Map<OpenBatch, unknown>();
    const creating = tasks.map(async ({ batch, index }) => {
      try {
        if (await this.creation.create(batch, index)) batch.created.add(index);
      } catch (error) {
        failures.set(batch, error);
      }
    });
    await Promise.all(creating);
    for (const batch of new Set(tasks.map((task) => task.batch))) {
      if (failures.has(batch)) this.rests.failed(batch, 'create', failures.get(batch));
      else this.rests.done(batch, 'create');
    }
    const nowMs = this.clock();
    return batches.some((batch) => mayCreate(batch) && nextIndexes(batch, nowMs).length > 0);
  }

  /** Batch after batch, on from the one that was served last. */
  private nextTasks(batches: readonly OpenBatch[]): { batch: OpenBatch; index: number }[] {
    const nowMs = this.clock();
    const first = batches.findIndex(({ batchId }) => batchId === this.servedLast) + 1;
    const tasks: { batch: OpenBatch; index: number }[] = [];
    for (const batch of [...batches.slice(first), ...batches.slice(0, first)]) {
      const indexes = nextIndexes(batch, nowMs).slice(0, CREATED_AT_ONCE_MAX - tasks.length);
      if (indexes.length > 0) this.servedLast = batch.batchId;
      for (const index of indexes) tasks.push({ batch, index });
      if (tasks.length >= CREATED_AT_ONCE_MAX) break;
    }
    return tasks;
  }
}

/** The next tasks that may have a workload at that time: in order, within the batch's parallelism, while it may go on. */
export function nextIndexes(batch: OpenBatch, nowMs: TimeMs): number[] {
  const { state, tasks, created, ended } = batch;
  if (state.status !== 'running' || state.tooManyFailures || isPast(state, nowMs)) return [];
  const unfinished = created.size - ended.size;
  const room = (state.maxParallel ?? Number.POSITIVE_INFINITY) - unfinished;
  const count = Math.min(room, CREATED_AT_ONCE_MAX);
  const indexes: number[] = [];
  for (let index = 0; index < tasks.length && indexes.length < count; index += 1) {
    if (!created.has(index)) indexes.push(index);
  }
  return indexes;
}
