import { batchDecider, type RecordedEvent, type ScheduleId, tenantOf } from '@bulkhead/domain';
import { executeCommand, lookOn, READ_LIMIT_MAX, VersionConflict } from '@bulkhead/event-store';
import { because } from '../because.js';
import type { Component } from '../keep-running.js';
import type { LeaseKeeper } from '../leases/lease-keeper.js';
import { type Logger, told } from '../logging.js';
import type { NewerEvents } from '../newer-events.js';
import { sleep, type Timers } from '../timers.js';
import { DueTurns } from './due-turns.js';
import {
  type KnownSchedule,
  type ReplacedBatch,
  ScheduleBook,
  scheduleBookTypes,
} from './schedule-book.js';
import { restsSuspended, ScheduleSettling, type SettleParts } from './settle-schedule.js';

export const SCHEDULES_LEASE = 'schedules';
/** How often schedules are looked at: what is planned is fired at most that late. */
export const SCHEDULES_POLL_MS = 1_000;
/** Schedules that are settled side by side. */
export const SETTLED_AT_ONCE_MAX = 16;
/** Schedules whose next time is looked for at once: nothing else runs in the process meanwhile. */
export const LOOKED_AHEAD_MAX = 200;
/** The pause between two planned times of the same schedules, where several have come. */
const BUSY_PAUSE_MS = 10;

export interface SchedulesParts extends SettleParts {
  readonly leases: LeaseKeeper;
  readonly newer: NewerEvents;
  readonly timers: Timers;
  readonly logger: Logger;
}

/**
 * Fires schedules. What is planned and what was settled is folded from the log, so nothing waits in a queue
 * that could be emptied. Of all workers the one that holds the lease does it; should two believe that they
 * hold it, the version of the schedule's stream lets one of them fire.
 */
export class Schedules implements Component {
  readonly name = 'schedules';
  readonly book = new ScheduleBook();
  private readonly settling: ScheduleSettling;
  private readonly turns = new DueTurns();

  constructor(private readonly parts: SchedulesParts) {
    this.settling = new ScheduleSettling(parts);
    parts.leases.want(SCHEDULES_LEASE);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { leases, timers } = this.parts;
    while (!signal.aborted) {
      const isBusy = leases.epochOf(SCHEDULES_LEASE) !== null && (await this.step());
      await sleep(timers, isBusy ? BUSY_PAUSE_MS : this.pauseMs(), signal);
    }
  }

  stoppedForGood(): void {
    this.parts.leases.wantNoMore(SCHEDULES_LEASE);
  }

  /**
   * Settles some of what is due. True where something was recorded, after which more may be due or be left, or
   * where some were not looked at.
   */
  async step(): Promise<boolean> {
    await this.catchUp();
    let isBusy = this.book.lookAhead(LOOKED_AHEAD_MAX);
    const now = this.turns.take(this.due());
    for (let at = 0; at < now.length; at += SETTLED_AT_ONCE_MAX) {
      const some = now.slice(at, at + SETTLED_AT_ONCE_MAX);
      const settled = await Promise.all(some.map((schedule) => this.settle(schedule)));
      isBusy = isBusy || settled.includes(true);
    }
    for (const replaced of [...this.book.replaced.values()]) await this.cancel(replaced);
    return isBusy;
  }

  private async catchUp(): Promise<void> {
    const { log, newer } = this.parts;
    for (let isAtEnd = false; !isAtEnd; ) {
      const afterPosition = this.book.position;
      const options = { afterPosition, limit: READ_LIMIT_MAX, types: scheduleBookTypes };
      const look = await newer.reading(this.name, () => lookOn(log, options));
      for (const recorded of look.events) this.evolve(recorded);
      this.book.position = look.throughPosition;
      isAtEnd = look.isAtEnd;
    }
  }

  private evolve(recorded: RecordedEvent): void {
    this.book.evolve(recorded);
    const schedule = this.book.schedules.get(recorded.stream as ScheduleId);
    if (schedule === undefined || schedule.times !== null) return;
    const { scheduleId, tenantId: tenant } = schedule;
    // Another process, which knows more zones, has taken it for good.
    this.parts.logger.error({ schedule: scheduleId, tenant }, 'schedule cannot be understood here');
  }

  private due(): KnownSchedule[] {
    const { clock, follower } = this.parts;
    const nowMs = clock();
    return [...this.book.schedules.values()].filter(
      (schedule) =>
        schedule.nextAtMs != null &&
        schedule.nextAtMs <= nowMs &&
        !restsSuspended(schedule, tenantOf(follower.fleet, schedule.tenantId).state),
    );
  }

  private pauseMs(): number {
    const nowMs = this.parts.clock();
    let pauseMs = SCHEDULES_POLL_MS;
    for (const { nextAtMs } of this.book.schedules.values()) {
      if (nextAtMs != null && nextAtMs > nowMs) pauseMs = Math.min(pauseMs, nextAtMs - nowMs);
    }
    return pauseMs;
  }

  /** A schedule that cannot be settled now keeps no other one waiting. */
  private async settle(schedule: KnownSchedule): Promise<boolean> {
    try {
      return await this.settling.settle(schedule);
    } catch (error) {
      const { scheduleId, tenantId: tenant } = schedule;
      const failure = { schedule: scheduleId, tenant, ...told(error) };
      // Somebody changed it, or the tenant, at the same time: it is looked at again with the next step.
      if (error instanceof VersionConflict) await this.parts.follower.catchUp();
      else this.parts.logger.warn(failure, 'schedule was not settled');
      return false;
    }
  }

  /** A batch that has ended meanwhile refuses, which is as good. */
  private async cancel({ batchId, tenantId, correlationId, position }: ReplacedBatch) {
    const { log, clock, logger } = this.parts;
    const reason = 'a later run of its schedule replaces it';
    try {
      await executeCommand({
        ...{ log, owner: tenantId, stream: batchId, decider: batchDecider },
        command: () => ({ kind: 'cancel', reason, nowMs: clock() }) as const,
        metadata: because('schedules', correlationId, position),
      });
      this.book.replaced.delete(batchId);
    } catch (error) {
      const failure = { batch: batchId, tenant: tenantId, ...told(error) };
      if (!(error instanceof VersionConflict)) logger.warn(failure, 'batch was not cancelled');
    }
  }
}
