import { accept, type Decided, type Decider, reject } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type {
  ScheduleChanged,
  ScheduleCreated,
  ScheduleDeleted,
  ScheduleEvent,
  SchedulePaused,
  ScheduleResumed,
} from './events.js';
import { type ScheduleAct, scheduleRefusalTexts, scheduleTable } from './schedule-table.js';
import { type SettleSchedule, settle } from './settle.js';
import { evolveSchedule, noSchedule, type ScheduleState } from './state.js';

export type CreateSchedule = ScheduleCreated['payload'] & {
  readonly kind: 'create-schedule';
  readonly nowMs: TimeMs;
};
/** What it is to be; null is as before. */
export interface ChangeSchedule {
  readonly kind: 'change';
  readonly timing: Partial<ScheduleChanged['payload']['timing']>;
  readonly name: ScheduleChanged['payload']['name'];
  readonly batch: ScheduleChanged['payload']['batch'];
  readonly nowMs: TimeMs;
}
export interface ActOnSchedule {
  readonly kind: ScheduleAct;
  readonly reason: string | null;
  readonly nowMs: TimeMs;
}
export type ScheduleCommand = CreateSchedule | ChangeSchedule | ActOnSchedule | SettleSchedule;

/** Fires a batch at planned times. What became of each of them is in its stream and nowhere else. */
export const scheduleDecider: Decider<ScheduleCommand, ScheduleState, ScheduleEvent> = {
  initialState: noSchedule,
  decide(command, state) {
    const answer = scheduleTable[command.kind][state.status];
    if (answer === 'nothing') return accept();
    if (answer !== 'decide') return reject(answer, scheduleRefusalTexts[answer]);
    if (command.kind === 'create-schedule') return create(command);
    if (command.kind === 'change') return change(command, state);
    if (command.kind === 'settle') return settle(command, state);
    return accept<ScheduleEvent>(actEvents[command.kind](command.nowMs, command.reason));
  },
  evolve: evolveSchedule,
};

function create({ kind: _kind, nowMs, ...payload }: CreateSchedule): Decided<ScheduleEvent> {
  return accept<ScheduleEvent>(event<ScheduleCreated>('ScheduleCreated', nowMs, payload));
}

/** A change to what it is already says nothing. */
function change(command: ChangeSchedule, state: ScheduleState): Decided<ScheduleEvent> {
  const { name, batch, nowMs } = command;
  const before = state.timing;
  const timing = { ...before, ...command.timing };
  const isSame =
    timing.cron === before.cron &&
    timing.timeZone === before.timeZone &&
    timing.overlap === before.overlap &&
    timing.catchUpLimit === before.catchUpLimit;
  if (isSame && name === null && batch === null) return accept();
  const changed = { timing, name, batch };
  return accept<ScheduleEvent>(event<ScheduleChanged>('ScheduleChanged', nowMs, changed));
}

type EventOfAct = (nowMs: TimeMs, reason: string | null) => ScheduleEvent;

const actEvents: Readonly<Record<ScheduleAct, EventOfAct>> = {
  pause: (nowMs, reason) => event<SchedulePaused>('SchedulePaused', nowMs, { reason }),
  resume: (nowMs, reason) => event<ScheduleResumed>('ScheduleResumed', nowMs, { reason }),
  delete: (nowMs, reason) => event<ScheduleDeleted>('ScheduleDeleted', nowMs, { reason }),
};
