import { describe, expect, it } from 'vitest';
import { NOW_MS } from '../../../../test/domain/builders.js';
import {
  authorize,
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
import type { WorkloadCommand } from './commands.js';
import { BACKOFF_MAX_MS, CONTENT_ERASED, UNCOUNTED_ATTEMPTS_MAX } from './decide-outcome.js';
import { type RestartPolicy, retryCauses } from './request.js';

const trying = (maxAttempts: number, backoffSeconds = 0) =>
  submit({ restartPolicy: { maxAttempts, backoffSeconds } });
const runs = (attempt: number) => [place(attempt), authorize(attempt), started(attempt)];
const failing = (attempt: number) => [...runs(attempt), exited(attempt, 3), released(attempt)];
const losing = (attempt: number) => [...runs(attempt), lost(attempt), released(attempt)];
const counted = { countsAgainstMaxAttempts: true };
const uncounted = { countsAgainstMaxAttempts: false };

describe('a run that fails', () => {
  it('ends the workload when there is no attempt left', () => {
    workloadAfter(trying(1), ...runs(1), exited(1, 3))
      .when(released())
      .thenEvents(
        'ComputeSystemReleased',
        ['AttemptFailed', { cause: 'exit-code', ...counted, detail: 'exit code 3' }],
        ['WorkloadFailed', { cause: 'exit-code', exitCode: 3 }],
      );
  });

  it('is tried again, each wait twice as long as the one before', () => {
    const waits = [1, 2, 3].map((attempt) => {
      const before = Array.from({ length: attempt }, (_, at) => failing(at + 1)).flat();
      return workloadAfter(trying(9, 10), ...before).state.notBeforeMs - NOW_MS;
    });
    expect(waits).toEqual([10_000, 20_000, 40_000]);
  });

  it('waits between half and the whole of that time, as chance has it when it is released', () => {
    const waits = [0, 0.5, 0.999].map((chance) => {
      const before = [trying(9, 10), ...runs(1), exited(1, 3)];
      return workloadAfter(...before, released(1, chance)).state.notBeforeMs - NOW_MS;
    });
    expect(waits).toEqual([10_000, 7_500, 5_005]);
  });

  it('never waits longer than an hour', () => {
    const { state } = workloadAfter(trying(9, 3_600), ...failing(1), ...failing(2));
    expect(state.notBeforeMs).toBe(NOW_MS + BACKOFF_MAX_MS);
  });

  it('is over after as many attempts as its restart policy allows', () => {
    const last = workloadAfter(trying(2), ...failing(1), ...runs(2), exited(2, 3)).when(
      released(2),
    );
    last.thenEvents('ComputeSystemReleased', 'AttemptFailed', 'WorkloadFailed');
    expect(last.state.status).toBe('failed');
    expect(last.state.past).toHaveLength(1);
  });

  it.each([
    ['a crash', [...runs(1), exited(1, -1, 'UnexpectedExit')], 'crash'],
    ['a forced exit that nobody here asked for', [...runs(1), exited(1, 1, 'ForcedExit')], 'crash'],
    ['a start that failed', [place(), authorize(), startFailed()], 'start-failed'],
  ] as const)('%s counts against its attempts', (_title, life, cause) => {
    workloadAfter(trying(2), ...life)
      .when(released())
      .thenEvents(
        'ComputeSystemReleased',
        ['AttemptFailed', { cause, ...counted }],
        'WorkloadRetryScheduled',
      );
  });
});

describe('a tenant that says after which causes to try again', () => {
  const tooLong = [...runs(1), exceedDeadline(), exited(1, 1, 'ForcedExit')];
  const lives = {
    'exit-code': [...runs(1), exited(1, 3)],
    crash: [...runs(1), exited(1, -1, 'UnexpectedExit')],
    'start-failed': [place(), authorize(), startFailed()],
    'image-pull': [place(), authorize(), startFailed(1, 'HCS_E_INVALID_LAYER')],
    'timed-out': tooLong,
    lost: [...runs(1), lost()],
  } as const;
  const asking = (change: Partial<RestartPolicy>) =>
    submit({ timeoutSeconds: 5, restartPolicy: { maxAttempts: 3, backoffSeconds: 0, ...change } });

  it.each(retryCauses)('gets another attempt after %s where that is what it says', (cause) => {
    workloadAfter(asking({ retryOn: [cause] }), ...lives[cause])
      .when(released())
      .thenEvents('ComputeSystemReleased', ['AttemptFailed', { cause }], 'WorkloadRetryScheduled');
  });

  it.each(retryCauses)('gets none after %s where it says everything else', (cause) => {
    const others = retryCauses.filter((other) => other !== cause);
    const { state } = workloadAfter(asking({ retryOn: others }), ...lives[cause], released());
    expect(state.status).toBe(cause === 'timed-out' ? 'timed-out' : 'failed');
  });

  it('and says nothing is tried again after all but a run that was too long', () => {
    for (const cause of retryCauses) {
      const { state } = workloadAfter(asking({}), ...lives[cause], released());
      expect([cause, state.status]).toEqual([
        cause,
        cause === 'timed-out' ? 'timed-out' : 'retrying',
      ]);
    }
  });

  it('gets none where what it would run was erased, whatever it says', () => {
    workloadAfter(asking({}), place(), authorize(), startFailed(1, CONTENT_ERASED))
      .when(released())
      .thenEvents(
        'ComputeSystemReleased',
        ['AttemptFailed', { cause: 'content-erased' }],
        ['WorkloadFailed', { cause: 'content-erased', exitCode: null }],
      );
  });

  it('may name exit codes that are final', () => {
    const policy = { finalExitCodes: [2, 3] };
    workloadAfter(asking(policy), ...lives['exit-code'])
      .when(released())
      .thenEvents('ComputeSystemReleased', 'AttemptFailed', ['WorkloadFailed', { exitCode: 3 }]);
    const other = workloadAfter(asking(policy), ...runs(1), exited(1, 4), released());
    expect(other.state.status).toBe('retrying');
    // The same 32 bits, with a sign and without.
    const signed = asking({ finalExitCodes: [-1_073_741_819] });
    const violation = exited(1, 3_221_225_477);
    expect(workloadAfter(signed, ...runs(1), violation, released()).state.status).toBe('failed');
  });

  it('is evicted and tried again all the same: that was not its doing', () => {
    workloadAfter(asking({ retryOn: [] }), ...runs(1), evict(), exited(1, 1, 'ForcedExit'))
      .when(released())
      .thenEvents('ComputeSystemReleased', 'AttemptFailed', 'WorkloadRetryScheduled');
  });

  it('counts runs that were too long, and ends as timed out with the last of them', () => {
    const again = [
      place(2),
      authorize(2),
      started(2),
      exceedDeadline(2),
      exited(2, 1, 'ForcedExit'),
    ];
    const policy = { maxAttempts: 2, retryOn: ['timed-out'] } as const;
    workloadAfter(asking(policy), ...tooLong, released(), ...again)
      .when(released(2))
      .thenEvents('ComputeSystemReleased', 'WorkloadTimedOut');
  });
});

describe('a run that was taken away', () => {
  it.each([
    ['an eviction', [...runs(1), evict(), exited(1, 1, 'ForcedExit')], 'evicted'],
    ['an eviction before its start', [place(), evict()], 'evicted'],
    ['the loss of its host', [...runs(1), lost()], 'lost'],
    ["the end of its host's lease", [...runs(1), exited(1, 1, 'LeaseExpired')], 'lost'],
    ['a release before it started', [place(), authorize()], 'lost'],
  ] as const)('by %s does not count, and goes on at once', (_title, life, cause) => {
    workloadAfter(trying(1, 60), ...life)
      .when(released())
      .thenEvents(
        'ComputeSystemReleased',
        ['AttemptFailed', { cause, ...uncounted }],
        ['WorkloadRetryScheduled', { attempt: 2, notBeforeMs: NOW_MS }],
      );
  });

  it('but had already ended well has succeeded', () => {
    workloadAfter(trying(1), ...runs(1), exited(), evict())
      .when(released())
      .thenEvents('ComputeSystemReleased', 'WorkloadSucceeded');
  });

  it('after it had failed by itself has failed, and is not run again for nothing', () => {
    workloadAfter(trying(1), ...runs(1), exited(1, 3), evict())
      .when(released())
      .thenEvents(
        'ComputeSystemReleased',
        ['AttemptFailed', { cause: 'exit-code' }],
        'WorkloadFailed',
      );
  });

  it('too often ends all the same: nothing is tried for ever', () => {
    const commands: WorkloadCommand[] = [trying(1)];
    for (let attempt = 1; attempt < UNCOUNTED_ATTEMPTS_MAX; attempt += 1) {
      commands.push(...losing(attempt));
    }
    const before = workloadAfter(...commands);
    expect(before.state.status).toBe('retrying');
    const last = workloadAfter(...commands, ...losing(UNCOUNTED_ATTEMPTS_MAX).slice(0, -1));
    last
      .when(released(UNCOUNTED_ATTEMPTS_MAX))
      .thenEvents('ComputeSystemReleased', 'AttemptFailed', ['WorkloadFailed', { cause: 'lost' }]);
  });
});

describe('a further attempt', () => {
  it('is decided again, and its decision is recorded', () => {
    workloadAfter(trying(2), ...failing(1))
      .when(place(2))
      .thenEvents(['IsolationDecided', { attempt: 2 }], ['WorkloadPlaced', { attempt: 2 }]);
  });

  it('never gets a weaker wall than an attempt before', () => {
    const raised = [place(1, 'hyperv'), authorize(), started(), exited(1, 3), released()];
    const again = workloadAfter(trying(2), ...raised);
    expect(() => again.when(place(2, 'process'))).toThrow(/would weaken the isolation/);
  });

  it('is told anew why it waits', () => {
    const cause = { cause: 'cpu', detail: 'full', nowMs: 1 } as const;
    const first = { kind: 'defer-placement', attempt: 1, ...cause } as const;
    workloadAfter(trying(2), first, ...failing(1))
      .when({ ...first, attempt: 2 })
      .thenEvents(['PlacementDeferred', { attempt: 2 }]);
  });
});
