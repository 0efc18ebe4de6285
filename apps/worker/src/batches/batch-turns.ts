import type { BatchId, TenantId } from '@bulkhead/domain';
import type { OpenBatch } from './batch-book.js';

/** A task of a batch, by its index. */
export interface TaskOf {
  readonly batch: OpenBatch;
  readonly index: number;
}

/**
 * Whose tasks come next where more are to be done than can be at once: tenants take turns, one task each, on from
 * the one that was served last, and among the batches of one tenant the one after that which was served last. So the
 * many batches of a tenant leave every other tenant its share of each round.
 */
export class BatchTurns {
  private servedLast: TenantId | null = null;
  private readonly servedLastOf = new Map<TenantId, BatchId>();

  /** So many tasks at most. @param indexesOf what is to be done of a batch, in its order; asked as far as needed */
  take(
    batches: readonly OpenBatch[],
    most: number,
    indexesOf: (batch: OpenBatch) => readonly number[],
  ): readonly TaskOf[] {
    const taken: TaskOf[] = [];
    let lines = this.linesOf(batches).map((line) => tasksOf(line, indexesOf));
    while (lines.length > 0 && taken.length < most) {
      lines = lines.filter((tasks) => {
        if (taken.length >= most) return true;
        const { done, value } = tasks.next();
        if (done) return false;
        const { tenantId, batchId } = value.batch;
        this.servedLast = tenantId;
        this.servedLastOf.set(tenantId, batchId);
        taken.push(value);
        return true;
      });
    }
    return taken;
  }

  /** Each tenant's batches, tenants and batches in the order of their turns. */
  private linesOf(batches: readonly OpenBatch[]): readonly (readonly OpenBatch[])[] {
    const lines = new Map<TenantId, OpenBatch[]>();
    for (const batch of batches) {
      const line = lines.get(batch.tenantId);
      if (line === undefined) lines.set(batch.tenantId, [batch]);
      else line.push(batch);
    }
    for (const tenantId of this.servedLastOf.keys()) {
      if (!lines.has(tenantId)) this.servedLastOf.delete(tenantId);
    }
    const inTurn = onFrom([...lines], ([tenantId]) => tenantId === this.servedLast);
    return inTurn.map(([tenantId, line]) =>
      onFrom(line, ({ batchId }) => batchId === this.servedLastOf.get(tenantId)),
    );
  }
}

/** Beginning behind the one that was served last; as they are where that one is not among them. */
function onFrom<T>(line: readonly T[], wasLast: (one: T) => boolean): readonly T[] {
  const first = line.findIndex(wasLast) + 1;
  return [...line.slice(first), ...line.slice(0, first)];
}

function* tasksOf(
  line: readonly OpenBatch[],
  indexesOf: (batch: OpenBatch) => readonly number[],
): Generator<TaskOf, undefined> {
  for (const batch of line) for (const index of indexesOf(batch)) yield { batch, index };
  return undefined;
}
