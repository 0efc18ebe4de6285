import { canonicalTimeZone } from '@bulkhead/calendar';
import {
  type ChangeSchedule as Change,
  type Clock,
  freeContentPart,
  isId,
  type ScheduleId,
  type ScheduleState,
  scheduleDecider,
} from '@bulkhead/domain';
import type { ContentRow, EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { type ExpectedTag, refuseUnlessSeen, type Tagged } from '../http/entity-tag.js';
import { notFound, rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG, RANDOM_BYTES, type RandomBytes } from '../sources.js';
import type { TaskBody } from '../workloads/submission.schema.js';
import type { ScheduleChangeBody } from './schedule.schema.js';
import { checkBatch, sealBatch, sealName } from './schedule-parts.js';
import { scheduleContent, scheduleView } from './schedule-view.js';
import type { ScheduleView } from './schedule-view.schema.js';

export class ChangeSchedule extends Command<Tagged<ScheduleView>> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
    readonly change: ScheduleChangeBody,
    readonly expected: ExpectedTag,
  ) {
    super();
  }
}

/** What a change is with what it keeps beside the log. */
interface Made {
  readonly command: Change;
  readonly rows: readonly ContentRow[];
}

@CommandHandler(ChangeSchedule)
export class ChangeScheduleHandler implements ICommandHandler<ChangeSchedule> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM_BYTES) private readonly randomBytes: RandomBytes,
  ) {}

  async execute({ caller, id, change, expected }: ChangeSchedule): Promise<Tagged<ScheduleView>> {
    const { tenantId } = caller;
    if (!isId('sch', id)) throw notFound('schedule');
    const tasks = change.batch === undefined ? [] : checkBatch(change.batch);
    let rows: readonly ContentRow[] = [];
    const executed = await executeFor(caller, {
      log: this.log,
      owner: tenantId,
      stream: id,
      decider: scheduleDecider,
      command: (state: ScheduleState) => {
        if (state.status !== 'absent') refuseUnlessSeen(expected, state.revision);
        const made = this.make(caller, id, change, tasks, state);
        rows = made.rows;
        return made.command;
      },
      alongside: () => ({ contents: rows }),
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    const { state } = executed;
    const content = await scheduleContent(this.log, tenantId, id, state);
    return { revision: state.revision, view: scheduleView(state, content, this.clock()) };
  }

  private make(
    { tenantId }: TenantCaller,
    scheduleId: ScheduleId,
    { name, batch, cron, timeZone, overlap, catchUpLimit }: ScheduleChangeBody,
    tasks: readonly TaskBody[],
    state: ScheduleState,
  ): Made {
    const place = { tenantId, scheduleId, part: freeContentPart(state) };
    const named = name === undefined ? null : sealName(name, place, this.randomBytes);
    const next = { ...place, part: place.part + (named === null ? 0 : 1) };
    const sealed = batch === undefined ? null : sealBatch(batch, tasks, next, this.randomBytes);
    const command: Change = {
      kind: 'change',
      timing: {
        ...(cron === undefined ? {} : { cron }),
        ...(timeZone === undefined ? {} : { timeZone: canonicalTimeZone(timeZone) }),
        ...(overlap === undefined ? {} : { overlap }),
        ...(catchUpLimit === undefined ? {} : { catchUpLimit }),
      },
      name: named?.reference ?? null,
      batch: sealed?.batch ?? null,
      nowMs: this.clock(),
    };
    return { command, rows: [...(named?.rows ?? []), ...(sealed?.rows ?? [])] };
  }
}
