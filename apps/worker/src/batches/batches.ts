import {
  type BatchId,
  batchDecider,
  type Clock,
  createsNoMore,
  type TimeMs,
} from '@bulkhead/domain';
import { VersionConflict } from '@bulkhead/event-store';
import { because } from '../because.js';
import type { LogGrowth } from '../fleet/fleet-follower.js';
import type { Component } from '../keep-running.js';
import type { LeaseKeeper } from '../leases/lease-keeper.js';
import type { Logger } from '../logging.js';
import type { NewerEvents } from '../newer-events.js';
import { Slots } from '../slots.js';
import { sleep, type Timers } from '../timers.js';
import { BatchBook, batchBookTypes, type OpenBatch } from './batch-book.js';
import { batchCreations } from './batch-creations.js';
import { BatchRests, type BatchWork } from './batch-rests.js';
import { BatchTerms } from './batch-terms.js';
import { type CancelTasksParts, taskCancellations } from './cancel-tasks.js';
import type { CreateTaskParts } from './create-task.js';
import type { TaskRound } from './task-round.js';

export const BATCHES_LEASE = 'batches';
export const BATCHES_POLL_MS = 1_000;
/** Events that are read at once: those that add tasks have a quarter of a megabyte. */
export const BATCH_EVENTS_AT_ONCE_MAX = 200;
/** Finished tasks that one event reports. */
export const REPORTED_AT_ONCE_MAX = 500;
/** Batches that are told of an end, or that their time is over, at once: their appends travel together. */
export const BATCHES_AT_ONCE_MAX = 32;
/** The end of single tasks is gathered for so long, so that a batch's stream stays short. */
export const REPORT_EVERY_MS = 250;

export interface BatchesParts extends CreateTaskParts, CancelTasksParts {
  readonly leases: LeaseKeeper;
  readonly growth: LogGrowth;
  readonly newer: NewerEvents;
  /** For pauses: a wall clock that is set back must not lengthen them. */
  readonly steadyClock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

/**
 * Makes workloads of a batch's tasks, as many at once as it allows, and reports their ends to it. What
 * it knows is folded from the log; ids of task workloads follow from the batch, so nothing is made twice.
 */
export class Batches implements Component {
  readonly name = 'batches';
  readonly book = new BatchBook();
  private readonly creations: TaskRound;
  private readonly cancellations: TaskRound;
  private readonly terms: BatchTerms;
  private readonly rests: BatchRests;
  private readonly reportedAtMs = new Map<BatchId, TimeMs>();

  constructor(private readonly parts: BatchesParts) {
    this.terms = new BatchTerms(parts, this.book.open);
    this.rests = new BatchRests(parts.steadyClock, parts.logger);
    this.creations = batchCreations(parts, this.book.open, this.rests);
    this.cancellations = taskCancellations(parts, this.book.open, this.rests);
    parts.leases.want(BATCHES_LEASE);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { growth, leases, timers } = this.parts;
    while (!signal.aborted) {
      const heard = growth.growths;
      await this.catchUp();
      const owns = leases.epochOf(BATCHES_LEASE) !== null;
      const isBusy = owns && (await this.step());
      if (isBusy) await sleep(timers, REPORT_EVERY_MS / 5, signal);
      else await growth.waitForGrowth(BATCHES_POLL_MS, signal, heard);
    }
  }

  stoppedForGood(): void {
    this.parts.leases.wantNoMore(BATCHES_LEASE);
  }

  private async catchUp(): Promise<void> {
    const { log, newer } = this.parts;
    for (let more = true; more; ) {
      const afterPosition = this.book.position;
      const limit = BATCH_EVENTS_AT_ONCE_MAX;
      const options = { afterPosition, limit, types: batchBookTypes };
      const batch = await newer.reading(this.name, () => log.readAll(options));
      for (const recorded of batch) this.book.evolve(recorded);
      more = batch.length === limit;
      if (more) await newer.reading(this.name, () => this.streamOn());
    }
  }

  /** Far behind, as after every start, the log is read in one go, and of what it holds only a little is in memory at a time. */
  private async streamOn(): Promise<void> {
    const { position: afterPosition } = this.book;
    const options = { afterPosition, types: batchBookTypes, batchLimit: BATCH_EVENTS_AT_ONCE_MAX };
    for await (const { events } of this.parts.log.streamAll(options)) {
      for (const recorded of events) this.book.evolve(recorded);
    }
  }

  /**
   * True where work is left that no event will announce. What ends, reports and cancels batches comes before
   * what makes more work, and a step cancels and makes only so much, of which each tenant has its share: nobody's
   * batch waits for all of another tenant's. What fails for one batch is that batch's own.
   */
  async step(): Promise<boolean> {
    const { rests, terms, book } = this;
    const batches = [...book.open.values()];
    const see = (batch: OpenBatch) => terms.see(batch, book.position);
    if (await this.any(batches, 'terms', see)) await this.catchUp();
    if (await this.any(batches, 'report', (batch) => this.report(batch))) await this.catchUp();
    const isCancelling = await this.cancellations.some(batches);
    const isCreating = await this.creations.some(batches);
    for (const { batchId } of batches) if (!book.open.has(batchId)) this.forget(batchId);
    const isReporting = [...book.open.values()].some(
      (batch) => batch.unreported.size > 0 && !rests.isResting(batch, 'report'),
    );
    return isCancelling || isCreating || isReporting;
  }

  /** Does it for each of these that has not ended meanwhile, some side by side; whether it was true of any. */
  private async any(
    batches: readonly OpenBatch[],
    work: BatchWork,
    act: (batch: OpenBatch) => Promise<boolean>,
  ): Promise<boolean> {
    const slots = new Slots(BATCHES_AT_ONCE_MAX);
    const outcomes = batches.map((batch) =>
      slots.run(async () => {
        if (!this.book.open.has(batch.batchId)) return false;
        return this.rests.attempt(batch, work, () => act(batch));
      }),
    );
    return (await Promise.all(outcomes)).includes(true);
  }

  /** True where it was recorded, or somebody else recorded something, so that the log has to be read on. */
  private async report(batch: OpenBatch): Promise<boolean> {
    const { log, clock, steadyClock } = this.parts;
    const { batchId, tenantId, unreported, created, ended, state } = batch;
    const isIdle = unreported.size === 0;
    // The end of a batch of which no more is created, while none of its tasks is under way, is told by nothing else.
    if (isIdle && !(createsNoMore(state) && ended.size === created.size)) return false;
    const sinceMs = steadyClock() - (this.reportedAtMs.get(batchId) ?? Number.NEGATIVE_INFINITY);
    const isEarly = sinceMs < REPORT_EVERY_MS;
    if (!isIdle && isEarly && unreported.size < REPORTED_AT_ONCE_MAX) return false;
    const tasks = [...unreported.values()].slice(0, REPORTED_AT_ONCE_MAX);
    const told = { kind: 'report-tasks-finished', tasks, created: created.size } as const;
    const decided = batchDecider.decide({ ...told, nowMs: clock() }, state);
    if (!decided.accepted || decided.events.length === 0) {
      unreported.clear();
      return false;
    }
    this.reportedAtMs.set(batchId, steadyClock());
    const { version: expectedVersion, correlationId } = batch;
    const { events } = decided;
    await log
      .append({
        streams: [{ owner: tenantId, stream: batchId, expectedVersion, events }],
        metadata: because('batches', correlationId, this.book.position),
      })
      .catch((error: unknown) => {
        if (!(error instanceof VersionConflict)) throw error;
      });
    return true;
  }

  /** Of one that has ended nothing is remembered. */
  private forget(batchId: BatchId): void {
    this.reportedAtMs.delete(batchId);
    this.terms.forget(batchId);
    this.rests.forget(batchId);
  }
}
