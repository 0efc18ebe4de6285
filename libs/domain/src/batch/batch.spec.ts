import { describe, expect, it } from 'vitest';
import { idOf, NOW_MS, request } from '../../../../test/domain/builders.js';
import { given } from '../../../../test/domain/specification.js';
import { expectTable } from '../../../../test/domain/state-table.js';
import { type BatchId, type TenantId, taskWorkloadId } from '../ids.js';
import { type BatchAct, batchTable } from './batch-table.js';
import { BATCH_CHUNK_CHARS, BATCH_CHUNK_TASKS } from './chunks.js';
import { batchDecider, type SubmitBatch } from './decide.js';
import type { TaskOutcome } from './events.js';
import { type BatchState, tasksToRetry } from './state.js';

const batchId = idOf('bat', 1) as BatchId;
const submit = (tasks: number, changes: Partial<SubmitBatch> = {}): SubmitBatch => ({
  kind: 'submit-batch',
  batchId,
  tenantId: idOf('ten', 1) as TenantId,
  tasks: Array.from({ length: tasks }, () => request()),
  maxParallel: null,
  maxFailures: null,
  contentSha256: '0'.repeat(64),
  nowMs: NOW_MS,
  ...changes,
});
const finish = (outcomes: Record<number, TaskOutcome>, created = 10) => ({
  kind: 'report-tasks-finished' as const,
  tasks: Object.entries(outcomes).map(([index, outcome]) => ({
    index: Number(index),
    workloadId: taskWorkloadId(batchId, Number(index)),
    outcome,
  })),
  created,
  nowMs: NOW_MS,
});
const act = (kind: BatchAct) => ({ kind, reason: 'tried', nowMs: NOW_MS });
const allSucceeded = { kind: 'end-wait', failed: null, nowMs: NOW_MS } as const;
const oneFailed = { ...allSucceeded, failed: idOf('bat', 7) as BatchId };
const late = { kind: 'pass-deadline', nowMs: NOW_MS } as const;
const retryBatchId = idOf('bat', 2) as BatchId;
const retry = { kind: 'retry-failed', retryBatchId, reason: null, nowMs: NOW_MS } as const;
const submitted = (...args: Parameters<typeof submit>) =>
  given(batchDecider, given(batchDecider, []).when(submit(...args)).history);

describe('a batch', () => {
  it('answers every command by its table, whatever its status', () => {
    const [pause, cancel] = [act('pause'), act('cancel')];
    const terms = { deadlineAtMs: NOW_MS, nowMs: NOW_MS - 1 };
    const early = submit(1, terms);
    const earlyWaiting = submit(1, { ...terms, after: [idOf('bat', 7) as BatchId] });
    const [E, C, D, N] = ['BATCH_EXISTS', 'BATCH_CANCELLING', 'BATCH_ENDED', 'BATCH_NOT_FOUND'];
    const [U, S, O] = ['BATCH_NOT_ENDED', 'BATCH_SUCCEEDED', 'BATCH_OVERDUE'];
    expectTable({
      ...{ decider: batchDecider, table: batchTable, phaseOf: ({ status }: BatchState) => status },
      waysInto: {
        absent: [[]],
        waiting: [[earlyWaiting], [earlyWaiting, pause, act('resume')]],
        running: [[early], [early, pause, act('resume')], [earlyWaiting, allSucceeded]],
        paused: [
          [early, pause],
          [earlyWaiting, pause, allSucceeded],
        ],
        cancelling: [
          [early, cancel],
          [early, pause, cancel],
          [earlyWaiting, cancel],
        ],
        overdue: [
          [early, late],
          [early, pause, late],
          [earlyWaiting, late],
        ],
        succeeded: [[early, finish({ 0: 'succeeded' })]],
        failed: [
          [early, finish({ 0: 'failed' })],
          [early, late, finish({}, 0)],
          [earlyWaiting, oneFailed],
        ],
        cancelled: [[early, cancel, finish({}, 0)]],
      },
      commandsFor: ({ status }) => ({
        'submit-batch': early,
        'report-tasks-finished': finish({ 0: 'succeeded' }),
        ...{ pause, resume: act('resume'), cancel, 'retry-failed': retry },
        // What is paused may have waited: resumed, it goes on to wait.
        'end-wait': status === 'paused' ? null : allSucceeded,
        'pass-deadline': late,
      }),
      expected: {
        //              absent waiting running paused cancelling overdue succeeded failed cancelled
        'submit-batch': ['>running', E, E, E, E, E, E, E, E],
        'report-tasks-finished': [
          ...['-', '-', '>succeeded', '>succeeded', '>succeeded', '>succeeded', '-', '-', '-'],
        ],
        pause: [N, '>paused', '>paused', '-', C, O, D, D, D],
        resume: [N, '-', '-', '>running', C, O, D, D, D],
        cancel: [N, '>cancelling', '>cancelling', '>cancelling', '-', '-', D, D, '-'],
        'retry-failed': [N, U, U, U, U, U, S, '>failed', '>cancelled'],
        'end-wait': ['-', '>running', '-', '>paused', '-', '-', '-', '-', '-'],
        'pass-deadline': ['-', '>overdue', '>overdue', '>overdue', '-', '-', '-', '-', '-'],
      },
    });
  });

  it('is submitted whole, its tasks in chunks that no event outgrows', () => {
    given(batchDecider, [])
      .when(submit(BATCH_CHUNK_TASKS + 1))
      .thenEvents(
        ['BatchSubmitted', { taskCount: BATCH_CHUNK_TASKS + 1 }],
        ['BatchTasksAdded', { firstIndex: 0 }],
        ['BatchTasksAdded', { firstIndex: BATCH_CHUNK_TASKS }],
      );
    submitted(1).when(submit(1)).thenRejected('BATCH_EXISTS');
  });

  it('is submitted in events of a bounded size, however much its tasks ask for', () => {
    const [task] = submit(1).tasks;
    if (task === undefined) throw new Error('no task');
    const capabilities = Array.from({ length: 64 }, (_, nr) => `${nr}`.padStart(64, 'C'));
    const large = { ...task, capabilities };
    const tasks = Array.from({ length: 1_000 }, (_, nr) => (nr % 2 === 0 ? task : large));
    const decided = batchDecider.decide({ ...submit(1), tasks }, batchDecider.initialState);
    const added = (decided.accepted ? decided.events : []).flatMap(({ payload }) =>
      'firstIndex' in payload ? [payload] : [],
    );
    expect(added.flatMap((one) => one.tasks)).toEqual(tasks);
    for (const [nr, one] of added.entries()) {
      expect(one.firstIndex).toBe(
        (added[nr - 1]?.firstIndex ?? 0) + (added[nr - 1]?.tasks.length ?? 0),
      );
      expect(JSON.stringify(one).length).toBeLessThan(BATCH_CHUNK_CHARS * 1.25);
    }
  });

  it('succeeds when every task did', () => {
    const half = submitted(2).when(finish({ 0: 'succeeded' }));
    half.thenEvents('BatchTasksFinished');
    given(batchDecider, half.history)
      .when(finish({ 1: 'succeeded' }))
      .thenEvents('BatchTasksFinished', [
        'BatchSucceeded',
        { succeeded: 2, failed: 0, skipped: 0 },
      ]);
  });

  it('lets every task run where no failures are bounded, and fails at the end', () => {
    const two = submitted(3).when(finish({ 0: 'failed', 1: 'timed-out' }));
    two.thenEvents('BatchTasksFinished');
    given(batchDecider, two.history)
      .when(finish({ 2: 'succeeded' }))
      .thenEvents('BatchTasksFinished', ['BatchFailed', { succeeded: 1, failed: 2, skipped: 0 }]);
  });

  it('waits for the tasks that were created when too many have failed, and skips the others', () => {
    const bounded = submitted(10, { maxFailures: 1 });
    const failing = bounded.when(finish({ 0: 'failed', 1: 'rejected' }, 3));
    failing.thenEvents('BatchTasksFinished');
    expect(failing.state.tooManyFailures).toBe(true);
    given(batchDecider, failing.history)
      .when(finish({ 2: 'succeeded' }, 3))
      .thenEvents('BatchTasksFinished', ['BatchFailed', { succeeded: 1, failed: 2, skipped: 7 }]);
  });

  it('ends only after the log says that too many have failed, as somebody may still create a task until then', () => {
    const failing = submitted(10, { maxFailures: 0 }).when(finish({ 0: 'failed' }, 1));
    failing.thenEvents('BatchTasksFinished');
    const after = given(batchDecider, failing.history);
    after.when(finish({}, 2)).thenEvents();
    after.when(finish({}, 1)).thenEvents(['BatchFailed', { succeeded: 0, failed: 1, skipped: 9 }]);
  });

  it('tolerates as many failures as it says', () => {
    const { state } = submitted(3, { maxFailures: 1 }).when(finish({ 0: 'failed' }));
    expect(state.tooManyFailures).toBe(false);
    expect(
      submitted(3, { maxFailures: 0 }).when(finish({ 0: 'failed' })).state.tooManyFailures,
    ).toBe(true);
  });

  it('counts a task once, however often its end is reported', () => {
    const once = submitted(3).when(finish({ 0: 'succeeded' }));
    const again = given(batchDecider, once.history);
    again.when(finish({ 0: 'succeeded' })).thenNothing();
    again
      .when(finish({ 0: 'succeeded', 1: 'failed' }))
      .thenEvents(['BatchTasksFinished', { tasks: finish({ 1: 'failed' }).tasks }]);
  });

  it('keeps the first failures and says nothing more after its end', () => {
    const ended = submitted(2).when(finish({ 0: 'failed', 1: 'failed' }));
    expect(ended.state.firstFailures.map((failure) => failure.index)).toEqual([0, 1]);
    given(batchDecider, ended.history)
      .when(finish({ 1: 'failed' }))
      .thenNothing();
  });

  it('creates nothing while it is paused, and reports what ends meanwhile', () => {
    const paused = submitted(3).when(act('pause'));
    paused.thenEvents(['BatchPaused', { reason: 'tried' }]);
    const told = given(batchDecider, paused.history).when(finish({ 0: 'succeeded' }, 1));
    told.thenEvents('BatchTasksFinished');
    expect(told.state).toMatchObject({ status: 'paused', pause: { reason: 'tried' } });
    given(batchDecider, told.history).when(act('resume')).thenEvents('BatchResumed');
    given(batchDecider, paused.history)
      .when(finish({ 0: 'succeeded', 1: 'succeeded', 2: 'succeeded' }, 3))
      .thenEvents('BatchTasksFinished', 'BatchSucceeded');
  });

  it('says since when it is paused, and why, for as long as it is', () => {
    const paused = submitted(3).when(act('pause'));
    const pause = { atMs: paused.history.at(-1)?.occurredAtMs, reason: 'tried' };
    expect([submitted(3).when(act('resume')).state.pause, paused.state.pause]).toEqual([
      null,
      pause,
    ]);
    for (const next of [
      act('resume'),
      act('cancel'),
      finish({ 0: 'succeeded', 1: 'succeeded', 2: 'succeeded' }, 3),
    ]) {
      expect(given(batchDecider, paused.history).when(next).state.pause).toBeNull();
    }
  });

  it('says when its tenant cancelled it, and why, also once it has ended', () => {
    const cancelling = submitted(3).when(act('cancel'));
    const cancellation = { atMs: cancelling.history.at(-1)?.occurredAtMs, reason: 'tried' };
    expect(cancelling.state).toMatchObject({ status: 'cancelling', cancellation });
    const ended = given(batchDecider, cancelling.history).when(finish({ 0: 'cancelled' }, 1));
    expect(ended.state).toMatchObject({ cancellation });
    expect(submitted(3).when(act('pause')).state.cancellation).toBeNull();
  });

  it('that is cancelled ends once nothing of it is under way, and tells what was skipped', () => {
    const cancelling = submitted(3).when(act('cancel'));
    cancelling.thenEvents('BatchCancelRequested');
    const again = given(batchDecider, cancelling.history);
    again.when(finish({}, 1)).thenNothing();
    again
      .when(finish({ 0: 'cancelled' }, 1))
      .thenEvents('BatchTasksFinished', [
        'BatchCancelled',
        { succeeded: 0, failed: 1, skipped: 2 },
      ]);
    again
      .when(finish({}, 0))
      .thenEvents(['BatchCancelled', { succeeded: 0, failed: 0, skipped: 3 }]);
    // What its owner had stopped is no failure that anybody should look into.
    expect(again.when(finish({ 0: 'cancelled', 1: 'failed' }, 2)).state.firstFailures).toEqual([
      { index: 1, workloadId: taskWorkloadId(batchId, 1) },
    ]);
  });

  it('has succeeded where its cancellation found every task done', () => {
    const cancelling = submitted(1).when(act('cancel'));
    given(batchDecider, cancelling.history)
      .when(finish({ 0: 'succeeded' }, 1))
      .thenEvents('BatchTasksFinished', 'BatchSucceeded');
  });

  it('that has ended is retried once, by a batch that names it', () => {
    const failing = submitted(3, { maxFailures: 0 }).when(
      finish({ 0: 'succeeded', 1: 'timed-out' }, 2),
    );
    const ended = given(batchDecider, failing.history).when(finish({}, 2));
    ended.thenEvents('BatchFailed');
    // The task that failed, and the one that never got its turn.
    expect(tasksToRetry(ended.state)).toEqual([1, 2]);
    const retried = given(batchDecider, ended.history).when(retry);
    retried.thenEvents(['BatchRetried', { retryBatchId, reason: null }]);
    expect(retried.state).toMatchObject({ status: 'failed', retriedBy: retryBatchId });
    const another = { ...retry, retryBatchId: idOf('bat', 3) as BatchId };
    given(batchDecider, retried.history).when(another).thenNothing();
    const again = given(batchDecider, []).when(submit(2, { retryOf: batchId }));
    expect(again.state).toMatchObject({ status: 'running', retryOf: batchId, retriedBy: null });
  });
});
