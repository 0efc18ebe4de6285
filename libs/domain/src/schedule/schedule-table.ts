import type { StateTable } from '../decider.js';
import type { ScheduleStatus } from './state.js';

/** What a tenant asks of a schedule beside changing it. */
export type ScheduleAct = 'pause' | 'resume' | 'delete';

export type ScheduleRefusal = 'SCHEDULE_EXISTS' | 'SCHEDULE_NOT_FOUND' | 'SCHEDULE_DELETED';
/** A refusal's stable code, or `decide` where the command may be carried out. */
export type ScheduleAnswer = 'decide' | ScheduleRefusal;

/** What each command does to a schedule of each status. Nothing is fired but by an active one. */
export const scheduleTable: StateTable<
  ScheduleAct | 'create-schedule' | 'change' | 'settle',
  ScheduleStatus,
  ScheduleAnswer
> = {
  'create-schedule': {
    absent: 'decide',
    active: 'SCHEDULE_EXISTS',
    paused: 'SCHEDULE_EXISTS',
    deleted: 'SCHEDULE_EXISTS',
  },
  change: {
    absent: 'SCHEDULE_NOT_FOUND',
    active: 'decide',
    paused: 'decide',
    deleted: 'SCHEDULE_DELETED',
  },
  pause: {
    absent: 'SCHEDULE_NOT_FOUND',
    active: 'decide',
    paused: 'nothing',
    deleted: 'SCHEDULE_DELETED',
  },
  resume: {
    absent: 'SCHEDULE_NOT_FOUND',
    active: 'nothing',
    paused: 'decide',
    deleted: 'SCHEDULE_DELETED',
  },
  delete: {
    absent: 'SCHEDULE_NOT_FOUND',
    active: 'decide',
    paused: 'decide',
    deleted: 'nothing',
  },
  settle: { absent: 'nothing', active: 'decide', paused: 'nothing', deleted: 'nothing' },
};

/** What a caller is told with a refusal. */
export const scheduleRefusalTexts: Readonly<Record<ScheduleRefusal, string>> = {
  SCHEDULE_EXISTS: 'The schedule was created before.',
  SCHEDULE_NOT_FOUND: 'There is no such schedule.',
  SCHEDULE_DELETED: 'The schedule was deleted.',
};
