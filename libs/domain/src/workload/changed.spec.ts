import { describe, expect, it } from 'vitest';
import { changed, changedAttempt, withoutClone } from './changed.js';
import { type AttemptState, absentWorkload, type WorkloadState } from './state.js';

const id = '0123456789abcdef0123456789abcdef';

const attempt: AttemptState = {
  attempt: 2,
  hostId: `host_${id}`,
  kernelInstanceId: `ki_${id}`,
  computeSystemId: `cs_${id}`,
  isolation: 'hyperv',
  trustBoundary: 'own:ten_1',
  reserved: { cpuMillis: 100, memoryMiB: 64 },
  stage: 'started',
  clonedFrom: { templateId: `tpl_${id}`, trustBoundary: 'own:ten_1' },
  placedAtMs: 1,
  startedAtMs: 2,
  timings: [{ stage: 'start', path: null, startedAtMs: 1, finishedAtMs: 2 }],
  exit: { exitCode: 3, exitType: 'UnexpectedExit', atMs: 4 },
  startFailure: { code: 'c', detail: 'd' },
  loss: 'host-fenced',
  eviction: 'drain',
  deadlineExceeded: true,
  failure: { cause: 'exit-code', counted: true },
};

/** No field has the value that it has in a workload of which nothing is known. */
const state = Object.fromEntries(
  Object.keys(absentWorkload).map((name, nr) => [name, `value ${nr}`]),
) as unknown as WorkloadState;

describe('a copy of a state with something changed', () => {
  it('keeps every field of a workload that is not changed', () => {
    expect(changed(state, {})).toStrictEqual(state);
    expect(changed(state, { cancelRequested: true, endedAtMs: null })).toStrictEqual({
      ...state,
      cancelRequested: true,
      endedAtMs: null,
    });
  });

  it('keeps every field of an attempt that is not changed, and where it was cloned from', () => {
    expect(changedAttempt(attempt, {})).toStrictEqual(attempt);
    expect(changedAttempt(attempt, { stage: 'exited' })).toStrictEqual({
      ...attempt,
      stage: 'exited',
    });
    const clonedFrom = { templateId: `tpl_${'f'.repeat(32)}`, trustBoundary: 'group:red' } as const;
    expect(changedAttempt(attempt, { clonedFrom }).clonedFrom).toBe(clonedFrom);
  });

  it('gives an attempt that was never cloned no origin', () => {
    const { clonedFrom: _none, ...booted } = attempt;
    expect(changedAttempt(booted, { loss: null })).toStrictEqual({ ...booted, loss: null });
    expect(withoutClone(attempt, {})).toStrictEqual(booted);
  });

  it('leaves what it was made from as it was', () => {
    const before = structuredClone([state, attempt]);
    changed(state, { status: 'failed' });
    changedAttempt(attempt, { stage: 'released' });
    withoutClone(attempt, { stage: 'released' });
    expect([state, attempt]).toStrictEqual(before);
  });
});
