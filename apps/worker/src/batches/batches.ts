import { batchDecider, isBeingStopped, isPast, type TimeMs } from '@bulkhead/domain';
import { READ_LIMIT_MAX, VersionConflict } from '@bulkhead/event-store';
import { because } from '../because.js';
import type { LogGrowth } from '../fleet/fleet-follower.js';
import type { Component } from '../keep-running.js';
import type { LeaseKeeper } from '../leases/lease-keeper.js';
import { type Logger, told } from '../logging.js';
import type { NewerEvents } from '../newer-events.js';
import { sleep, type Timers } from '../timers.js';
import { BatchBook, batchBookTypes, type OpenBatch } from './batch-book.js';
import { BatchTerms } from './batch-terms.js';
import { type CancelTasksParts, TaskCancellation } from './cancel-tasks.js';
import { type CreateTaskParts, TaskCreation } from './create-task.js';

export const BATCHES_LEASE = 'batches';
export const BATCHES_POLL_MS = 1_000;
/** Workloads of one batch that are created at once. */
export const CREATED_AT_ONCE_MAX = 200;
/** Finished tasks that one event reports. */
export const REPORTED_AT_ONCE_MAX = 500;
/** The end of single tasks is gathered for so long, so that a batch's stream stays short. */
export const REPORT_EVERY_MS = 250;

export interface BatchesParts extends CreateTaskParts, CancelTasksParts {
  readonly leases: LeaseKeeper;
  readonly growth: LogGrowth;
  readonly newer: NewerEvents;
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
  private readonly creation: TaskCreation;
  private readonly cancellation: TaskCancellation;
  private readonly terms: BatchTerms;
  private readonly reportedAtMs = new Map<string, TimeMs>();

  constructor(private readonly parts: BatchesParts) {
    this.creation = new TaskCreation(parts);
    this.cancellation = new TaskCancellation(parts);
    this.terms = new BatchTerms(parts, this.book.open);
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
      const options = { afterPosition, limit: READ_LIMIT_MAX, types: batchBookTypes };
      const batch = await newer.reading(this.name, () => log.readAll(options));
      for (const recorded of batch) this.book.evolve(recorded);
      more = batch.length === READ_LIMIT_MAX;
    }
  }

  /** True where work is left that no event will announce. */
  async step(): Promise<boolean> {
    let isBusy = false;
    for (const batch of [...this.book.open.values()]) {
      if (await this.terms.see(batch, this.book.position)) await this.catchUp();
      if (!this.isOpen(batch)) continue;
      const reported = await this.report(batch);
      const created = await this.createSome(batch);
      const cancelled = await this.cancellation.cancelSome(batch);
      isBusy = isBusy || !reported || created || cancelled;
    }
    return isBusy;
  }

  /** False where finished tasks are still waiting to be reported. */
  private async report(batch: OpenBatch): Promise<boolean> {
    const { log, clock } = this.parts;
    const { batchId, tenantId, unreported, created, ended, state } = batch;
    const expectedVersion = batch.version;
    const isIdle = unreported.size === 0;
    // The end of a batch that is stopped while none of its tasks is under way is told by nothing else.
    if (isIdle && !(isBeingStopped(state) && ended.size === created.size)) return true;
    const nowMs = clock();
    const isEarly = nowMs - (this.reportedAtMs.get(batchId) ?? 0) < REPORT_EVERY_MS;
    if (!isIdle && isEarly && unreported.size < REPORTED_AT_ONCE_MAX) return false;
    const tasks = [...unreported.values()].slice(0, REPORTED_AT_ONCE_MAX);
    const told = { kind: 'report-tasks-finished', tasks, created: created.size, nowMs } as const;
    const decided = batchDecider.decide(told, state);
    if (!decided.accepted || decided.events.length === 0) {
      unreported.clear();
      return true;
    }
    this.reportedAtMs.set(batchId, nowMs);
    const { events } = decided;
    await log
      .append({
        streams: [{ owner: tenantId, stream: batchId, expectedVersion, events }],
        metadata: because('batches', batch.correlationId, this.book.position),
      })
      .catch((error: unknown) => {
        if (!(error instanceof VersionConflict)) throw error;
      });
    await this.catchUp();
    this.isOpen(batch);
    return unreported.size === 0;
  }

  /** Of one that has ended nothing is remembered. */
  private isOpen({ batchId }: OpenBatch): boolean {
    if (this.book.open.has(batchId)) return true;
    this.reportedAtMs.delete(batchId);
    this.terms.forget(batchId);
    return false;
  }

  /** True when more of its tasks could be created at once. */
  private async createSome(batch: OpenBatch): Promise<boolean> {
    const indexes = nextIndexes(batch, this.parts.clock());
    const outcomes = await Promise.allSettled(
      indexes.map((index) => this.creation.create(batch, index)),
    );
    for (const [at, outcome] of outcomes.entries()) {
      const index = indexes[at];
      if (outcome.status === 'fulfilled' && outcome.value && index !== undefined) {
        batch.created.add(index);
      } else if (outcome.status === 'rejected') {
        const { batchId, tenantId: tenant } = batch;
        const { logger } = this.parts;
        logger.warn({ batch: batchId, tenant, ...told(outcome.reason) }, 'task was not created');
      }
    }
    return nextIndexes(batch, this.parts.clock()).length > 0;
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
