import type { ScheduleAct, ScheduleId } from '@bulkhead/domain';
import { ActOnSchedule } from '../../../apps/api/src/schedules/act-on-schedule.handler.js';
import { ChangeSchedule } from '../../../apps/api/src/schedules/change-schedule.handler.js';
import { CreateSchedule } from '../../../apps/api/src/schedules/create-schedule.handler.js';
import type { ScheduleBody } from '../../../apps/api/src/schedules/schedule.schema.js';
import type { Act } from './act.js';
import { pointed, type Stage } from './stage.js';
import { submissionOf } from './submission.js';

const CREATE = 'POST /v1/schedules';
/** Nothing fires more often than once a minute. */
const CRONS = ['* * * * *', '*/2 * * * *', '1-59/2 * * * *', '* 9 * * *'] as const;
const ZONES = ['UTC', 'Europe/Berlin', 'Asia/Kolkata'] as const;
const OVERLAPS = ['allow', 'skip', 'replace'] as const;
const CATCH_UP_LIMITS = [0, 1, 3] as const;
const TASKS_MAX = 2;

/** Only where a plan has schedules, whose worlds go on for minutes: see `scheduledActs`. */
export const actsOfSchedules: readonly Act[] = [
  { name: 'create-schedule', weight: 0, play: createSchedule },
  { name: 'change-schedule', weight: 0, play: changeSchedule },
  { name: 'pause-schedule', weight: 0, play: actOnSchedule('pause') },
  { name: 'resume-schedule', weight: 0, play: actOnSchedule('resume') },
  { name: 'delete-schedule', weight: 0, play: actOnSchedule('delete') },
];

function createSchedule(stage: Stage, who: number, what: number): void {
  const tenantId = pointed(stage.tenants, who);
  if (tenantId === null) return;
  const { caller, idempotency } = stage.asTenant(tenantId, CREATE);
  const body = scheduleOf(who, what);
  void stage.ask(
    `create a schedule (${body.cron} ${body.timeZone}, ${body.overlap})`,
    (handlers) => handlers.createSchedule.execute(new CreateSchedule(caller, body, idempotency)),
    (answer) => {
      const id = answer.body.id as ScheduleId;
      stage.answered.add(id);
      stage.schedules.push({ tenantId, id });
    },
  );
}

/** Half of the changes move the planned times, half of them leave them where they are. */
function changeSchedule(stage: Stage, who: number, what: number): void {
  const schedule = pointed(stage.schedules, who);
  if (schedule === null) return;
  const caller = stage.world.people.tenant(schedule.tenantId);
  const { cron, timeZone, overlap, catchUpLimit } = scheduleOf(who, what);
  const change = what % 2 === 0 ? { cron, timeZone } : { overlap, catchUpLimit };
  void stage.ask(`change ${schedule.id} to ${JSON.stringify(change)}`, (handlers) =>
    handlers.changeSchedule.execute(new ChangeSchedule(caller, schedule.id, change, null)),
  );
}

function actOnSchedule(act: ScheduleAct) {
  return (stage: Stage, who: number): void => {
    const schedule = pointed(stage.schedules, who);
    if (schedule === null) return;
    const caller = stage.world.people.tenant(schedule.tenantId);
    void stage.ask(`${act} ${schedule.id}`, ({ actOnSchedule: handler }) =>
      handler.execute(new ActOnSchedule(caller, schedule.id, act, null, null)),
    );
  };
}

function scheduleOf(who: number, what: number): ScheduleBody {
  const pick = <T>(list: readonly T[], number: number) => list[number % list.length] as T;
  const { image, resources, simulation, timeoutSeconds } = submissionOf(what);
  const limit = timeoutSeconds === undefined ? {} : { timeoutSeconds };
  return {
    name: 'schedule',
    cron: pick(CRONS, what),
    timeZone: pick(ZONES, what >> 3),
    overlap: pick(OVERLAPS, what >> 5),
    catchUpLimit: pick(CATCH_UP_LIMITS, what >> 7),
    batch: {
      name: 'planned',
      count: 1 + (who % TASKS_MAX),
      taskDefaults: { image, resources, simulation, ...limit },
    },
  } as unknown as ScheduleBody;
}
