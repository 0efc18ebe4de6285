import type { WorkloadCommand } from './commands.js';
import { type AttemptStage, holdingAttempt, isTerminal, type WorkloadState } from './state.js';

/**
 * Where a workload is, as far as it decides what a command may do. `waiting`: it holds no place. `past`:
 * the command is about a compute system that is not the one that holds the place. From `placed` to `lost`:
 * how far the attempt has come that holds it. `cancelled` is an end of which a further cancel is no error.
 */
export const workloadPhases = [
  'absent',
  'waiting',
  'past',
  'placed',
  'authorized',
  'started',
  'start-failed',
  'exited',
  'lost',
  'ended',
  'cancelled',
] as const;
export type WorkloadPhase = (typeof workloadPhases)[number];

/** `decide`: it may be carried out, as far as its own facts allow. `nothing`: it was carried out before, or says nothing new. */
export type CommandAnswer = 'decide' | 'nothing' | CommandRefusal;
export type CommandRefusal =
  | 'WORKLOAD_EXISTS'
  | 'WORKLOAD_NOT_FOUND'
  | 'WORKLOAD_ENDED'
  | 'ATTEMPT_HOLDS_PLACE'
  | 'ATTEMPT_OVER';

type Row = Readonly<Partial<Record<WorkloadPhase, CommandAnswer>>>;

/** What has not been submitted can be told nothing. */
const known: Row = { absent: 'WORKLOAD_NOT_FOUND' };
const holdsPlace: Row = {
  placed: 'ATTEMPT_HOLDS_PLACE',
  authorized: 'ATTEMPT_HOLDS_PLACE',
  started: 'ATTEMPT_HOLDS_PLACE',
  'start-failed': 'ATTEMPT_HOLDS_PLACE',
  exited: 'ATTEMPT_HOLDS_PLACE',
  lost: 'ATTEMPT_HOLDS_PLACE',
};
const placing: Row = { ...known, ...holdsPlace, waiting: 'decide' };

/** What each command may do in each phase; where nothing is written, nothing happens. */
export const workloadCommandTable: Readonly<Record<WorkloadCommand['kind'], Row>> = {
  'submit-workload': {
    ...everywhere('WORKLOAD_EXISTS'),
    absent: 'decide',
  },
  'place-attempt': placing,
  'defer-placement': placing,
  'reject-unplaceable': placing,
  'authorize-start': {
    ...known,
    waiting: 'ATTEMPT_OVER',
    past: 'ATTEMPT_OVER',
    placed: 'decide',
    // A job that is delivered twice authorizes twice.
    authorized: 'decide',
  },
  'report-started': { ...known, authorized: 'decide' },
  'report-start-failed': { ...known, authorized: 'decide' },
  // An exit may be heard without the start before it.
  'report-exited': { ...known, authorized: 'decide', started: 'decide' },
  'report-lost': { ...known, placed: 'decide', authorized: 'decide', started: 'decide' },
  // What runs is not believed to be gone.
  'report-released': {
    ...known,
    placed: 'decide',
    authorized: 'decide',
    'start-failed': 'decide',
    exited: 'decide',
    lost: 'decide',
  },
  // What is over shares a kernel no more: its end stays what it was, and counts as that.
  evict: { ...known, placed: 'decide', authorized: 'decide', started: 'decide' },
  'exceed-deadline': { ...known, started: 'decide' },
  cancel: {
    ...everywhere('decide'),
    ...known,
    ended: 'WORKLOAD_ENDED',
    cancelled: 'nothing',
  },
};

function everywhere(answer: CommandAnswer): Row {
  return Object.fromEntries(workloadPhases.map((phase) => [phase, answer]));
}

const refusalTexts: Readonly<Record<CommandRefusal, string>> = {
  WORKLOAD_EXISTS: 'A workload of that id was submitted before.',
  WORKLOAD_NOT_FOUND: 'There is no such workload.',
  WORKLOAD_ENDED: 'The workload has already ended',
  ATTEMPT_HOLDS_PLACE: 'The workload holds a place already.',
  ATTEMPT_OVER: 'The attempt is over.',
};

/** What a caller is told with a refusal. */
export function refusalText(refusal: CommandRefusal, { status }: WorkloadState): string {
  const text = refusalTexts[refusal];
  return refusal === 'WORKLOAD_ENDED' ? `${text}: ${status}.` : text;
}

export function phaseOf(state: WorkloadState, command: WorkloadCommand): WorkloadPhase {
  const { status } = state;
  if (status === 'absent' || status === 'cancelled') return status;
  if (isTerminal(status)) return 'ended';
  const attempt = holdingAttempt(state);
  if (attempt === null) return 'waiting';
  const isAboutAnother =
    'computeSystemId' in command &&
    command.kind !== 'place-attempt' &&
    command.computeSystemId !== attempt.computeSystemId;
  return isAboutAnother ? 'past' : (attempt.stage as Exclude<AttemptStage, 'released'>);
}

export function answerInPhase(command: WorkloadCommand, phase: WorkloadPhase): CommandAnswer {
  return workloadCommandTable[command.kind][phase] ?? 'nothing';
}
