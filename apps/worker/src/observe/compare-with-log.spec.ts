import type { AttemptStage, AttemptState } from '@bulkhead/domain';
import type { ComputeSystemState, ComputeSystemStatus } from '@bulkhead/hypervisor';
import { describe, expect, it } from 'vitest';
import { compareWithLog, type LoggedAttempt } from './compare-with-log.js';

const NOW_MS = 1_000_000;
const REISSUE_AFTER_MS = 30_000;

function logged(stage: AttemptStage, changes: Partial<LoggedAttempt> = {}, ageMs = 0) {
  const tracked = {
    computeSystemId: 'cs_1',
    workloadId: 'wl_1',
    tenantId: 'ten_1',
    hostId: 'host_1',
    placedPosition: 5,
    movedPosition: 7,
    movedAtMs: NOW_MS - ageMs,
    startedAtMs: stage === 'started' ? NOW_MS - 60_000 : null,
    stopPosition: null,
    stopAskedAtMs: null,
  } as const;
  // What the host says of its start is by a clock that is a day behind.
  const attempt = { stage, startedAtMs: NOW_MS - 86_400_000 } as AttemptState;
  const settled = { stopping: false, timeoutSeconds: null, isAhead: false };
  return { tracked, attempt, ...settled, ...changes };
}

function status(state: ComputeSystemState): ComputeSystemStatus {
  return { computeSystemId: 'cs_1', state, stages: [], exit: null, failure: null };
}

function findings(attempt: LoggedAttempt | null, state: ComputeSystemState | null): string[] {
  return compareWithLog({
    statuses: state === null ? [] : [status(state)],
    logged: attempt === null ? [] : [attempt],
    nowMs: NOW_MS,
    reissueAfterMs: REISSUE_AFTER_MS,
    isHeld: false,
  }).map((finding) => (finding.kind === 'reissue' ? finding.job : finding.kind));
}
const stuck = REISSUE_AFTER_MS;

describe('what a host says beside what the log says', () => {
  it('agrees while everything is on its way', () => {
    expect(findings(logged('placed'), null)).toEqual([]);
    expect(findings(logged('authorized'), null)).toEqual([]);
    expect(findings(logged('authorized', {}, stuck), 'starting')).toEqual([]);
    expect(findings(logged('started', {}, stuck), 'running')).toEqual([]);
    expect(findings(logged('exited'), 'exited')).toEqual([]);
  });

  it('hears what it missed', () => {
    expect(findings(logged('authorized'), 'running')).toEqual(['report']);
    expect(findings(logged('authorized'), 'exited')).toEqual(['report']);
    expect(findings(logged('authorized'), 'start-failed')).toEqual(['report']);
    expect(findings(logged('started'), 'exited')).toEqual(['report']);
  });

  it('asks again for work that nothing came of', () => {
    expect(findings(logged('placed', {}, stuck), null)).toEqual(['start-workload']);
    expect(findings(logged('authorized', {}, stuck), null)).toEqual(['start-workload']);
    expect(findings(logged('authorized', {}, stuck), 'created')).toEqual(['start-workload']);
    for (const stage of ['exited', 'start-failed', 'lost'] as const) {
      expect(findings(logged(stage, {}, stuck), null)).toEqual(['release-workload']);
    }
  });

  it('takes nothing for stuck that this worker has just moved itself, and not heard of yet', () => {
    const isAhead = { isAhead: true };
    for (const stage of ['placed', 'authorized', 'exited', 'start-failed', 'lost'] as const) {
      expect(findings(logged(stage, isAhead, stuck), null)).toEqual([]);
    }
    const overdue = { stopping: true, timeoutSeconds: 1, ...isAhead };
    expect(findings(logged('started', overdue, stuck), 'running')).toEqual([]);
    expect(findings(logged('started', isAhead, stuck), 'exited')).toEqual(['report']);
  });

  it('never starts again what is being stopped', () => {
    const stopping = { stopping: true };
    expect(findings(logged('placed', stopping, stuck), null)).toEqual(['stop-workload']);
    expect(findings(logged('authorized', stopping, stuck), 'starting')).toEqual(['stop-workload']);
    expect(findings(logged('started', stopping, stuck), 'running')).toEqual(['stop-workload']);
  });

  it('enforces a run-time limit whose alarm was lost, counted from when the log learned of the start', () => {
    const started = logged('started', { timeoutSeconds: 60 }, stuck);
    expect(findings(started, 'running')).toEqual(['enforce-timeout']);
    const longer = logged('started', { timeoutSeconds: 61 }, stuck);
    expect(findings(longer, 'running')).toEqual([]);
  });

  it('misses what the log says runs, and finds what the log does not hold', () => {
    expect(findings(logged('started'), null)).toEqual(['missing']);
    expect(findings(null, 'running')).toEqual(['leftover']);
  });
});
