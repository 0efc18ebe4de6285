import { describe, expect, it } from 'vitest';
import { NOW_MS } from '../../../../test/domain/builders.js';
import {
  authorize,
  evict,
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
import { BACKOFF_MAX_MS, UNCOUNTED_ATTEMPTS_MAX } from './decide-outcome.js';

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
