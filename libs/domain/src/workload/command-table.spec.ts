import { describe, expect, it } from 'vitest';
import { refusalGrounds } from '../../../../test/domain/builders.js';
import {
  authorize,
  cancel,
  cs,
  evict,
  exceedDeadline,
  exited,
  lost,
  place,
  released,
  started,
  startFailed,
  submit,
  workloadAfter,
} from '../../../../test/domain/workload-history.js';
import { attemptStageTable } from './attempt-stages.js';
import {
  answerInPhase,
  phaseOf,
  type WorkloadPhase,
  workloadCommandTable,
  workloadPhases,
} from './command-table.js';
import type { WorkloadCommand } from './commands.js';
import { workloadDecider } from './decide.js';
import type { AttemptStage, WorkloadState } from './state.js';

const twice = { maxAttempts: 2, backoffSeconds: 0 };
const submitted = submit({ timeoutSeconds: 30, restartPolicy: twice });
const defer: WorkloadCommand = {
  ...{ kind: 'defer-placement', attempt: 1, cause: 'cpu', detail: 'none is free', nowMs: 1 },
};
const reject: WorkloadCommand = {
  ...{ kind: 'reject-unplaceable', code: 'UNPLACEABLE', reasons: [], nowMs: 1 },
  grounds: refusalGrounds(),
};

/** Ways to get into each phase: all that a workload can go. */
const waysInto: Readonly<Record<Exclude<WorkloadPhase, 'past'>, readonly WorkloadCommand[][]>> = {
  absent: [[]],
  waiting: [
    [submitted],
    [submitted, { ...defer, cause: 'memory' } as WorkloadCommand],
    [submitted, place(), authorize(), startFailed(), released()],
    [submitted, place(), evict(), released()],
  ],
  placed: [[submitted, place()]],
  authorized: [
    [submitted, place(), authorize()],
    [submitted, place(), authorize(), authorize()],
  ],
  started: [[submitted, place(), authorize(), started()]],
  'start-failed': [[submitted, place(), authorize(), startFailed()]],
  exited: [
    [submitted, place(), authorize(), started(), exited()],
    [submitted, place(), authorize(), exited(1, 3)],
  ],
  lost: [
    [submitted, place(), lost()],
    [submitted, place(), authorize(), started(), lost()],
  ],
  ended: [
    [submitted, place(), authorize(), started(), exited(), released()],
    [submit(), place(), authorize(), started(), exited(1, 3), released()],
    [submitted, place(), authorize(), started(), exceedDeadline(), exited(), released()],
    [submitted, reject],
  ],
  cancelled: [
    [submitted, cancel],
    [submitted, place(), authorize(), started(), cancel, exited(), released()],
  ],
};

/** One of every kind, about the attempt that the workload has or is to have. */
function commandsFor({ nextAttempt, current }: WorkloadState): readonly WorkloadCommand[] {
  const attempt = current?.attempt ?? 1;
  return [
    submitted,
    place(nextAttempt),
    { ...defer, attempt: nextAttempt } as WorkloadCommand,
    reject,
    authorize(attempt),
    started(attempt),
    startFailed(attempt),
    exited(attempt),
    lost(attempt),
    released(attempt),
    evict(attempt),
    exceedDeadline(attempt),
    cancel,
  ];
}

const E = 'WORKLOAD_EXISTS';
const N = 'WORKLOAD_NOT_FOUND';
const D = 'WORKLOAD_ENDED';
const H = 'ATTEMPT_HOLDS_PLACE';
const O = 'ATTEMPT_OVER';

/** A row for each command, a column for each phase: `+` is recorded, `-` changes nothing. */
const expected: Readonly<Record<WorkloadCommand['kind'], readonly string[]>> = {
  //                    absent waiting past placed authorized started start-failed exited lost ended cancelled
  'submit-workload': ['+', E, E, E, E, E, E, E, E, E, E],
  'place-attempt': [N, '+', '-', H, H, H, H, H, H, '-', '-'],
  'defer-placement': [N, '+', '-', H, H, H, H, H, H, '-', '-'],
  'reject-unplaceable': [N, '+', '-', H, H, H, H, H, H, '-', '-'],
  'authorize-start': [N, O, O, '+', '+', '-', '-', '-', '-', '-', '-'],
  'report-started': [N, '-', '-', '-', '+', '-', '-', '-', '-', '-', '-'],
  'report-start-failed': [N, '-', '-', '-', '+', '-', '-', '-', '-', '-', '-'],
  'report-exited': [N, '-', '-', '-', '+', '+', '-', '-', '-', '-', '-'],
  'report-lost': [N, '-', '-', '+', '+', '+', '-', '-', '-', '-', '-'],
  'report-released': [N, '-', '-', '+', '+', '-', '+', '+', '+', '-', '-'],
  evict: [N, '-', '-', '+', '+', '+', '-', '-', '-', '-', '-'],
  'exceed-deadline': [N, '-', '-', '-', '-', '+', '-', '-', '-', '-', '-'],
  cancel: [N, '+', '+', '+', '+', '+', '+', '+', '+', D, '-'],
};

function outcomeOf(command: WorkloadCommand, state: WorkloadState): string {
  const decided = workloadDecider.decide(command, state);
  if (!decided.accepted) return decided.rejection.code;
  return decided.events.length > 0 ? '+' : '-';
}

describe('what a command may do to a workload, wherever it is', () => {
  it.each(Object.entries(waysInto))('%s', (phase, ways) => {
    const column = workloadPhases.indexOf(phase as WorkloadPhase);
    for (const way of ways) {
      const { state } = workloadAfter(...way);
      for (const command of commandsFor(state)) {
        const told = `${command.kind} after ${way.map(({ kind }) => kind).join(', ')}`;
        expect(phaseOf(state, command), told).toBe(phase);
        expect(outcomeOf(command, state), told).toBe(expected[command.kind][column]);
      }
    }
  });

  it('is nothing for what is said of a compute system that holds no place any more', () => {
    const column = workloadPhases.indexOf('past');
    for (const stage of ['placed', 'authorized', 'started', 'exited', 'lost'] as const) {
      const { state } = workloadAfter(...waysInto[stage][0]!);
      for (const command of commandsFor(state)) {
        if (!('computeSystemId' in command) || command.kind === 'place-attempt') continue;
        const past = { ...command, computeSystemId: cs(9) };
        expect(phaseOf(state, past)).toBe('past');
        expect(outcomeOf(past, state), command.kind).toBe(expected[command.kind][column]);
      }
    }
  });

  it('is written down for every command and every phase, and nowhere else', () => {
    expect(Object.keys(workloadCommandTable).sort()).toEqual(Object.keys(expected).sort());
    for (const command of commandsFor(workloadAfter(submitted).state)) {
      const row = workloadPhases.map((phase) => answerInPhase(command, phase));
      const signs = row.map((answer) => ({ decide: '+', nothing: '-' })[answer as never] ?? answer);
      expect(signs, command.kind).toEqual(expected[command.kind]);
    }
  });

  it('lets a report in exactly where its event can follow', () => {
    const eventOf = {
      'authorize-start': 'StartAuthorized',
      'report-started': 'ComputeSystemStarted',
      'report-start-failed': 'ComputeSystemStartFailed',
      'report-exited': 'ComputeSystemExited',
      'report-lost': 'ComputeSystemLost',
      'report-released': 'ComputeSystemReleased',
    } as const;
    for (const [kind, type] of Object.entries(eventOf)) {
      for (const [stage, row] of Object.entries(attemptStageTable)) {
        if ((stage as AttemptStage) === 'released') continue;
        const lets = workloadCommandTable[kind as keyof typeof eventOf][stage as WorkloadPhase];
        expect(lets === 'decide', `${kind} at ${stage}`).toBe(row[type] !== undefined);
      }
    }
  });
});
