import type { BatchId } from '@bulkhead/domain';
import type { OpenBatch } from './batch-book.js';
import type { BatchRests } from './batch-rests.js';
import { BatchTurns } from './batch-turns.js';

export interface TaskRoundParts {
  readonly work: 'create' | 'cancel';
  /** Tasks of all batches together that it is done for at once. */
  readonly most: number;
  /** What is to be done of a batch now, in its order. */
  readonly indexesOf: (batch: OpenBatch) => readonly number[];
  readonly act: (batch: OpenBatch, index: number) => Promise<void>;
}

/**
 * Does the same for tasks of all batches, so many at a time. What fails for one batch is that batch's own: it rests,
 * and the others go on.
 */
export class TaskRound {
  private readonly turns = new BatchTurns();

  constructor(
    private readonly parts: TaskRoundParts,
    private readonly open: ReadonlyMap<BatchId, OpenBatch>,
    private readonly rests: BatchRests,
  ) {}

  /** True where more could be done at once. */
  async some(batches: readonly OpenBatch[]): Promise<boolean> {
    const { work, most, indexesOf, act } = this.parts;
    const mayGoOn = (batch: OpenBatch) =>
      this.open.has(batch.batchId) && !this.rests.isResting(batch, work);
    const tasks = this.turns.take(batches.filter(mayGoOn), most, indexesOf);
    const failures = new Map<OpenBatch, unknown>();
    const acting = tasks.map(async ({ batch, index }) => {
      try {
        await act(batch, index);
      } catch (error) {
        failures.set(batch, error);
      }
    });
    await Promise.all(acting);
    for (const batch of new Set(tasks.map((task) => task.batch))) {
      if (failures.has(batch)) this.rests.failed(batch, work, failures.get(batch));
      else this.rests.done(batch, work);
    }
    return batches.some((batch) => mayGoOn(batch) && indexesOf(batch).length > 0);
  }
}
