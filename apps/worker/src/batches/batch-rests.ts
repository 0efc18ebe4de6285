import { type BatchId, BrokenInvariant, type Clock, type TimeMs } from '@bulkhead/domain';
import { type Logger, told } from '../logging.js';
import type { OpenBatch } from './batch-book.js';

/** What failed for a batch is tried again after so long; it doubles up to the longest. */
export const REST_MS = { first: 250, longest: 10_000 } as const;

/** What is done for a batch. One that fails holds up none of the others: a batch that gets no tasks can be cancelled. */
export type BatchWork = 'terms' | 'report' | 'cancel' | 'create';

interface Rest {
  readonly untilMs: TimeMs;
  readonly pauseMs: number;
}

/**
 * What cannot be done for one batch is tried again after a pause of its own, and no other batch waits for it: unlike
 * the state of the fleet, that of one batch is no part of what is decided for others.
 */
export class BatchRests {
  private readonly rests = new Map<BatchId, Map<BatchWork, Rest>>();

  constructor(
    private readonly steadyClock: Clock,
    private readonly logger: Pick<Logger, 'warn' | 'error'>,
  ) {}

  isResting({ batchId }: OpenBatch, work: BatchWork): boolean {
    const rest = this.rests.get(batchId)?.get(work);
    return rest !== undefined && rest.untilMs > this.steadyClock();
  }

  /** What `act` says; false where it fails, or has failed and is not to be tried yet. */
  async attempt(batch: OpenBatch, work: BatchWork, act: () => Promise<boolean>): Promise<boolean> {
    if (this.isResting(batch, work)) return false;
    try {
      const outcome = await act();
      this.done(batch, work);
      return outcome;
    } catch (error) {
      this.failed(batch, work, error);
      return false;
    }
  }

  done({ batchId }: OpenBatch, work: BatchWork): void {
    this.rests.get(batchId)?.delete(work);
  }

  failed({ batchId, tenantId, correlationId }: OpenBatch, work: BatchWork, error: unknown): void {
    const rests = this.rests.get(batchId) ?? new Map<BatchWork, Rest>();
    this.rests.set(batchId, rests);
    const before = rests.get(work);
    const pauseMs =
      before === undefined ? REST_MS.first : Math.min(before.pauseMs * 2, REST_MS.longest);
    rests.set(work, { untilMs: this.steadyClock() + pauseMs, pauseMs });
    const what = { work, pauseMs, ...told(error) };
    const line = { batch: batchId, tenant: tenantId, correlationId, ...what };
    const level = error instanceof BrokenInvariant ? 'error' : 'warn';
    this.logger[level](line, 'batch was not taken further');
  }

  /** A batch that has ended needs nothing to be remembered. */
  forget(batchId: BatchId): void {
    this.rests.delete(batchId);
  }
}
