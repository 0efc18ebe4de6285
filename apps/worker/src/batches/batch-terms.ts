import {
  type BatchId,
  batchDecider,
  type Clock,
  type EndWait,
  isPast,
  type PassDeadline,
} from '@bulkhead/domain';
import { VersionConflict, type WholeLog } from '@bulkhead/event-store';
import { because } from '../because.js';
import type { OpenBatch } from './batch-book.js';

export interface BatchTermsParts {
  readonly log: WholeLog;
  readonly clock: Clock;
}

/** Records of batches that their deadline has passed, and that what they come after has come to an end. */
export class BatchTerms {
  /** Predecessors of open batches that were found to have succeeded; they are forgotten with those. */
  private readonly succeeded = new Map<BatchId, Set<BatchId>>();

  constructor(
    private readonly parts: BatchTermsParts,
    private readonly open: ReadonlyMap<BatchId, OpenBatch>,
  ) {}

  /** True where something was recorded, or somebody else recorded something, so that the log has to be read on. */
  async see(batch: OpenBatch, position: number): Promise<boolean> {
    const nowMs = this.parts.clock();
    if (isPast(batch.state, nowMs)) {
      const passed = await this.record(batch, { kind: 'pass-deadline', nowMs }, position);
      if (passed) return true;
    }
    if (!batch.state.isWaiting) {
      this.succeeded.delete(batch.batchId);
      return false;
    }
    const outcome = await this.outcomeOfWait(batch);
    if (outcome === null) return false;
    return this.record(batch, { kind: 'end-wait', ...outcome, nowMs }, position);
  }

  /** A batch that has ended needs nothing to be remembered. */
  forget(batchId: BatchId): void {
    this.succeeded.delete(batchId);
  }

  /**
   * Null while one is still open. A predecessor was submitted before whoever names it, so one that is not
   * among the open batches has ended, and only its stream tells how.
   */
  private async outcomeOfWait({
    batchId,
    tenantId,
    state,
  }: OpenBatch): Promise<Pick<EndWait, 'failed'> | null> {
    const known = this.succeeded.get(batchId) ?? new Set();
    this.succeeded.set(batchId, known);
    let isOpen = false;
    for (const predecessor of state.after) {
      if (known.has(predecessor)) continue;
      if (this.open.has(predecessor)) {
        isOpen = true;
        continue;
      }
      const ended = await this.parts.log.readState(tenantId, predecessor, batchDecider);
      if (ended.state.status !== 'succeeded') return { failed: predecessor };
      known.add(predecessor);
    }
    return isOpen ? null : { failed: null };
  }

  private async record(
    batch: OpenBatch,
    command: EndWait | PassDeadline,
    position: number,
  ): Promise<boolean> {
    const { batchId, tenantId, state, version: expectedVersion, correlationId } = batch;
    const decided = batchDecider.decide(command, state);
    if (!decided.accepted || decided.events.length === 0) return false;
    const { events } = decided;
    await this.parts.log
      .append({
        streams: [{ owner: tenantId, stream: batchId, expectedVersion, events }],
        metadata: because('batches', correlationId, position),
      })
      .catch((error: unknown) => {
        if (!(error instanceof VersionConflict)) throw error;
      });
    return true;
  }
}
