import { canonicalTimeZone } from '@bulkhead/calendar';
import {
  type Clock,
  fold,
  prefixedId,
  type ScheduleEvent,
  type ScheduleId,
  scheduleDecider,
  type TenantId,
  tenantDecider,
  type UuidSource,
} from '@bulkhead/domain';
import {
  type AdmittedSchedule,
  CONTENT_PARTS,
  type EventLog,
  type Guard,
  type ScheduleAdmission,
} from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { entityTag } from '../http/entity-tag.js';
import {
  type Answer,
  answerOnce,
  type Created,
  type FirstAnswer,
  givenBefore,
  type IdempotentRequest,
  rememberedAnswer,
} from '../idempotency/idempotency.js';
import { rejected, tenantSuspended } from '../problems/problems.js';
import { quotaExceeded } from '../problems/quota-problems.js';
import { CLOCK, EVENT_LOG, NEW_UUID, RANDOM_BYTES, type RandomBytes } from '../sources.js';
import type { ScheduleBody } from './schedule.schema.js';
import { checkBatch, sealBatch, sealName } from './schedule-parts.js';
import { readScheduleContent, scheduleView } from './schedule-view.js';
import type { ScheduleView } from './schedule-view.schema.js';

/** Schedules of one tenant that have not been deleted. */
export const SCHEDULES_MAX = 200;

/** Counts a schedule before it is recorded, in one place for all processes. */
export const ADMIT_SCHEDULE = Symbol('AdmitSchedule');
export type AdmitSchedule = (asked: ScheduleAdmission) => Promise<AdmittedSchedule>;

export class CreateSchedule extends Command<Answer<ScheduleView>> {
  constructor(
    readonly caller: TenantCaller,
    readonly schedule: ScheduleBody,
    readonly idempotency: IdempotentRequest | null,
  ) {
    super();
  }
}

const PARTS = CONTENT_PARTS.schedule;

@CommandHandler(CreateSchedule)
export class CreateScheduleHandler implements ICommandHandler<CreateSchedule> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NEW_UUID) private readonly newUuid: UuidSource,
    @Inject(RANDOM_BYTES) private readonly randomBytes: RandomBytes,
    @Inject(ADMIT_SCHEDULE) private readonly admit: AdmitSchedule,
  ) {}

  async execute(command: CreateSchedule): Promise<Answer<ScheduleView>> {
    const answer = await answerOnce(this.log, command.idempotency, () => this.create(command));
    return answer.replayed ? this.withContent(command.caller.tenantId, answer) : answer;
  }

  /** A repetition reads what was not kept with the answer; null where it was erased meanwhile. */
  private async withContent(
    tenantId: TenantId,
    answer: Answer<ScheduleView>,
  ): Promise<Answer<ScheduleView>> {
    const stream = answer.body.id as ScheduleId;
    const content = await readScheduleContent(this.log, tenantId, stream, PARTS);
    return { ...answer, body: { ...answer.body, ...content } };
  }

  private async create(command: CreateSchedule): Promise<Created<ScheduleView>> {
    const { caller, schedule, idempotency } = command;
    const { tenantId } = caller;
    const tasks = checkBatch(schedule.batch);
    await givenBefore(this.log, idempotency);
    const scheduleId = prefixedId('sch', this.newUuid());
    const place = { tenantId, scheduleId };
    const { randomBytes } = this;
    const name = sealName(schedule.name, { ...place, part: PARTS.name }, randomBytes);
    const sealed = sealBatch(schedule.batch, tasks, { ...place, part: PARTS.batch }, randomBytes);
    const { cron, overlap, catchUpLimit } = schedule;
    const timeZone = canonicalTimeZone(schedule.timeZone);
    await this.refuseTooMany({ ...place, schedulesMax: SCHEDULES_MAX });
    let answer: FirstAnswer<ScheduleView> | null = null;
    let guard: Guard | null = null;
    const executed = await executeFor(caller, {
      log: this.log,
      isNew: true,
      owner: tenantId,
      stream: scheduleId,
      decider: scheduleDecider,
      command: async () => {
        guard = await this.activeTenant(tenantId);
        return {
          kind: 'create-schedule',
          ...{ scheduleId, tenantId, name: name.reference },
          timing: { cron, timeZone, overlap, catchUpLimit },
          batch: sealed.batch,
          nowMs: this.clock(),
        } as const;
      },
      alongside: (events) => {
        const state = fold(scheduleDecider, events as readonly ScheduleEvent[]);
        const content = { name: schedule.name, batch: schedule.batch };
        const body = scheduleView(state, content, this.clock());
        const headers = { etag: entityTag(state.revision) };
        answer = { status: 201, body, headers };
        return {
          guards: guard === null ? [] : [guard],
          contents: [...name.rows, ...sealed.rows],
          // Content that stood in a kept answer, too, would outlive its erasure.
          ...rememberedAnswer(idempotency, answer.status, { ...body, name: null, batch: null }),
        };
      },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    if (answer === null) throw new Error('a schedule was accepted without events');
    return { ...(answer as FirstAnswer<ScheduleView>), appended: executed.appended };
  }

  private async activeTenant(tenantId: TenantId): Promise<Guard> {
    const { state, version } = await this.log.readState(tenantId, tenantId, tenantDecider);
    if (state.suspension !== null) throw tenantSuspended();
    return { stream: tenantId, version };
  }

  private async refuseTooMany(asked: ScheduleAdmission): Promise<void> {
    const { refused, schedules } = await this.admit(asked);
    if (!refused) return;
    const beyond = { quota: 'schedules', limit: SCHEDULES_MAX, use: schedules, asked: 1 };
    throw quotaExceeded(beyond, 'Delete one first.');
  }
}
