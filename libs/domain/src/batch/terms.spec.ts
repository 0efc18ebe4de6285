import { describe, expect, it } from 'vitest';
import { idOf, NOW_MS, request } from '../../../../test/domain/builders.js';
import { given } from '../../../../test/domain/specification.js';
import { type BatchId, type TenantId, taskWorkloadId } from '../ids.js';
import { batchDecider, type SubmitBatch } from './decide.js';
import { estimatedEndMs } from './estimate.js';
import type { TaskOutcome } from './events.js';
import { type BatchState, tasksToRetry } from './state.js';

const [batchId, first, second] = [1, 2, 3].map((nr) => idOf('bat', nr) as BatchId) as [
  BatchId,
  BatchId,
  BatchId,
];
const HOUR_MS = 3_600_000;
const submit = (tasks: number, changes: Partial<SubmitBatch> = {}): SubmitBatch => ({
  ...{ kind: 'submit-batch', batchId, tenantId: idOf('ten', 1) as TenantId },
  tasks: Array.from({ length: tasks }, () => request()),
  ...{ maxParallel: null, maxFailures: null, contentSha256: '0'.repeat(64), nowMs: NOW_MS },
  ...changes,
});
const finish = (
  indexes: readonly number[],
  created: number,
  nowMs = NOW_MS,
  outcome: TaskOutcome = 'succeeded',
) => ({
  kind: 'report-tasks-finished' as const,
  tasks: indexes.map((index) => ({ index, workloadId: taskWorkloadId(batchId, index), outcome })),
  ...{ created, nowMs },
});
const act = (kind: 'pause' | 'resume' | 'cancel', nowMs = NOW_MS) => ({
  ...{ kind, reason: null, nowMs },
});
type Command = Parameters<typeof batchDecider.decide>[0];

/** The batch after all of these. */
function having(...commands: readonly Command[]) {
  return commands.reduce(
    (before, command) => given(batchDecider, before.when(command).history),
    given(batchDecider, []),
  );
}
const stateOf = (spec: ReturnType<typeof having>): BatchState =>
  spec.when(finish([], 0)).history.reduce(batchDecider.evolve, batchDecider.initialState);

describe('a batch with a deadline', () => {
  const limited = submit(3, { deadlineAtMs: NOW_MS + HOUR_MS });
  const late = { kind: 'pass-deadline', nowMs: NOW_MS + HOUR_MS } as const;

  it('is refused where that is over before it begins', () => {
    for (const deadlineAtMs of [NOW_MS, NOW_MS - 1]) {
      given(batchDecider, [])
        .when(submit(1, { deadlineAtMs }))
        .thenRejected('BATCH_DEADLINE_PASSED');
    }
  });

  it('goes on until then, and not a moment longer', () => {
    having(limited)
      .when({ ...late, nowMs: late.nowMs - 1 })
      .thenNothing();
    having(limited)
      .when(late)
      .thenEvents(['BatchDeadlinePassed', { deadlineAtMs: NOW_MS + HOUR_MS }]);
    having(submit(1)).when(late).thenNothing();
  });

  it('waits for what is cancelled, and has failed then because of it', () => {
    const overdue = having(limited, finish([0], 2), late);
    overdue.when(finish([], 2)).thenNothing();
    overdue
      .when(finish([1], 2, late.nowMs, 'cancelled'))
      .thenEvents('BatchTasksFinished', [
        'BatchFailed',
        { succeeded: 1, failed: 1, skipped: 1, because: 'deadline', predecessor: null },
      ]);
    expect(stateOf(having(limited, late)).status).toBe('failed');
  });

  it('has succeeded where every task was done when it passed', () => {
    having(limited, late)
      .when(finish([0, 1, 2], 3))
      .thenEvents('BatchTasksFinished', 'BatchSucceeded');
  });
});

describe('a batch that comes after others', () => {
  const waiting = submit(2, { after: [first, second] });
  const endWait = (failed: BatchId | null, nowMs = NOW_MS) =>
    ({ kind: 'end-wait', failed, nowMs }) as const;

  it('begins when all of them have succeeded', () => {
    having(waiting)
      .when(endWait(null))
      .thenEvents(['BatchPredecessorsSucceeded', { after: [first, second] }]);
    having(waiting, endWait(null)).when(endWait(null)).thenNothing();
    having(submit(1)).when(endWait(null)).thenNothing();
  });

  it('never begins where one of them did not, and says which', () => {
    const failed = having(waiting).when(endWait(second));
    failed.thenEvents([
      'BatchFailed',
      { succeeded: 0, failed: 0, skipped: 2, because: 'predecessor', predecessor: second },
    ]);
    expect(failed.state).toMatchObject({ failedBecause: 'predecessor', failedPredecessor: second });
    expect(tasksToRetry(failed.state)).toEqual([0, 1]);
  });

  it('that is paused meanwhile waits on when it is resumed, or begins if the wait is over', () => {
    expect(having(waiting, act('pause')).when(act('resume')).state.status).toBe('waiting');
    const over = having(waiting, act('pause'), endWait(null)).when(act('resume'));
    expect(over.state.status).toBe('running');
  });

  it('may be cancelled, and is then at once', () => {
    having(waiting, act('cancel'))
      .when(finish([], 0))
      .thenEvents(['BatchCancelled', { skipped: 2 }]);
  });
});

describe('the estimated end of a batch', () => {
  const estimate = (nowMs: number, ...commands: readonly Command[]) => {
    const events = commands.reduce<BatchState>((state, command) => {
      const decided = batchDecider.decide(command, state);
      return decided.accepted ? decided.events.reduce(batchDecider.evolve, state) : state;
    }, batchDecider.initialState);
    return estimatedEndMs(events, nowMs);
  };
  const at = (seconds: number) => NOW_MS + seconds * 1_000;

  it('is not known before anything has finished, while nothing goes on, and after its end', () => {
    const ten = submit(10);
    expect(estimate(at(60), ten)).toBeNull();
    for (const kind of ['pause', 'cancel'] as const) {
      expect(estimate(at(60), ten, finish([0], 5), act(kind))).toBeNull();
    }
    expect(estimate(at(60), submit(1), finish([0], 1))).toBeNull();
    expect(
      estimate(at(60), submit(9, { maxFailures: 0 }), finish([0], 5, at(1), 'failed')),
    ).toBeNull();
  });

  it('goes by how long those took that have finished, and moves away while none does', () => {
    const half = [submit(10), finish([0, 1, 2, 3, 4], 10, at(50))];
    expect(estimate(at(50), ...half)).toBe(at(100));
    expect(estimate(at(60), ...half)).toBe(at(120));
  });

  it('takes the first round for one, not for as many as have finished of it', () => {
    const first = [submit(100, { maxParallel: 10 }), finish([0], 10, at(60))];
    expect(estimate(at(60), ...first)).toBe(at(60 + 99 * 6));
  });

  it('leaves out the time in which it was paused or waited', () => {
    const waited = [
      submit(2, { after: [first] }),
      { kind: 'end-wait', failed: null, nowMs: at(1_000) } as const,
      act('pause', at(1_010)),
      act('resume', at(5_000)),
      finish([0], 2, at(5_010)),
    ];
    expect(estimate(at(5_010), ...waited)).toBe(at(5_030));
  });
});
