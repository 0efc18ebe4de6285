import {
  type Clock,
  isId,
  type ScheduleAct,
  type ScheduleState,
  scheduleDecider,
} from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { type ExpectedTag, refuseUnlessSeen, type Tagged } from '../http/entity-tag.js';
import { notFound, rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG } from '../sources.js';
import { scheduleContent, scheduleView } from './schedule-view.js';
import type { ScheduleView } from './schedule-view.schema.js';

export class ActOnSchedule extends Command<Tagged<ScheduleView>> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
    readonly act: ScheduleAct,
    readonly reason: string | null,
    readonly expected: ExpectedTag,
  ) {
    super();
  }
}

/** Pauses, resumes or deletes. Repeating it changes nothing. */
@CommandHandler(ActOnSchedule)
export class ActOnScheduleHandler implements ICommandHandler<ActOnSchedule> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute(command: ActOnSchedule): Promise<Tagged<ScheduleView>> {
    const { caller, id, act, reason, expected } = command;
    const { tenantId } = caller;
    if (!isId('sch', id)) throw notFound('schedule');
    const executed = await executeFor(caller, {
      log: this.log,
      owner: tenantId,
      stream: id,
      decider: scheduleDecider,
      command: (state: ScheduleState) => {
        if (state.status !== 'absent') refuseUnlessSeen(expected, state.revision);
        return { kind: act, reason, nowMs: this.clock() };
      },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    const { state } = executed;
    const content = await scheduleContent(this.log, tenantId, id, state);
    return { revision: state.revision, view: scheduleView(state, content, this.clock()) };
  }
}
