import {
  type BatchEvent,
  type BatchId,
  type BatchState,
  batchDecider,
  type RecordedEvent,
  type TaskOutcome,
  type TenantId,
  type WorkloadEvent,
  type WorkloadId,
} from '@bulkhead/domain';
import { TasksLeft } from './tasks-left.js';

/** The event types that the book is folded from. */
export const batchBookTypes: readonly RecordedEvent['event']['type'][] = [
  'BatchSubmitted',
  'BatchTasksAdded',
  'BatchTasksFinished',
  'BatchPaused',
  'BatchResumed',
  'BatchCancelRequested',
  'BatchPredecessorsSucceeded',
  'BatchDeadlinePassed',
  'BatchSucceeded',
  'BatchFailed',
  'BatchCancelled',
  'WorkloadSubmitted',
  'WorkloadSucceeded',
  'WorkloadFailed',
  'WorkloadCancelled',
  'WorkloadTimedOut',
  'WorkloadRejected',
];

const outcomes: Readonly<Partial<Record<WorkloadEvent['type'], TaskOutcome>>> = {
  WorkloadSucceeded: 'succeeded',
  WorkloadFailed: 'failed',
  WorkloadCancelled: 'cancelled',
  WorkloadTimedOut: 'timed-out',
  WorkloadRejected: 'rejected',
};

export interface FinishedTask {
  readonly index: number;
  readonly workloadId: WorkloadId;
  readonly outcome: TaskOutcome;
}

/** A batch that has not ended. Changed in place by the book, and by what its owner creates. */
export interface OpenBatch {
  readonly batchId: BatchId;
  readonly tenantId: TenantId;
  readonly correlationId: string;
  readonly submittedPosition: number;
  state: BatchState;
  version: number;
  readonly tasksLeft: TasksLeft;
  /** By index: tasks that have a workload. */
  readonly created: Set<number>;
  /** By index: tasks whose workload has ended. */
  readonly ended: Set<number>;
  /** Ended, and not in the batch's stream yet. */
  readonly unreported: Map<number, FinishedTask>;
  /** Set once what is under way is to be cancelled, with the tasks (by index) that were told so. */
  cancellation: BatchCancellation | null;
}

/** Why tasks are cancelled that their batch's deadline found under way. */
export const OVERDUE = 'the deadline of the batch has passed';

export interface BatchCancellation {
  readonly position: number;
  readonly reason: string | null;
  readonly told: Set<number>;
}

/** A task has its workload: what it asks for is not needed any more. */
export function taskBegun({ created, tasksLeft }: OpenBatch, index: number): void {
  created.add(index);
  tasksLeft.begun(index);
}

/** Tasks under way whose workload is still to be cancelled. */
export function tasksToCancel({ cancellation, created, ended }: OpenBatch): number[] {
  if (cancellation === null) return [];
  const { told } = cancellation;
  return [...created].filter((index) => !ended.has(index) && !told.has(index));
}

/** Every batch that has not ended, folded from the log. */
export class BatchBook {
  readonly open = new Map<BatchId, OpenBatch>();
  position = 0;
  private readonly taskOf = new Map<WorkloadId, { batch: OpenBatch; index: number }>();

  evolve(recorded: RecordedEvent): void {
    this.position = recorded.position;
    if (recorded.stream.startsWith('bat_')) this.evolveBatch(recorded as RecordedEvent<BatchEvent>);
    else this.evolveTask(recorded as RecordedEvent<WorkloadEvent>);
  }

  private evolveBatch(recorded: RecordedEvent<BatchEvent>): void {
    const { event, version } = recorded;
    const batchId = recorded.stream as BatchId;
    if (event.type === 'BatchSubmitted') this.submit(recorded, event.payload.tenantId);
    const batch = this.open.get(batchId);
    if (batch === undefined) return;
    batch.state = batchDecider.evolve(batch.state, event);
    batch.version = version;
    if (event.type === 'BatchTasksAdded') {
      const { firstIndex, tasks } = event.payload;
      batch.tasksLeft.add(firstIndex, tasks);
    } else if (event.type === 'BatchTasksFinished') {
      for (const { index } of event.payload.tasks) batch.unreported.delete(index);
    } else if (event.type === 'BatchCancelRequested' || event.type === 'BatchDeadlinePassed') {
      const { position } = recorded;
      const reason = event.type === 'BatchDeadlinePassed' ? OVERDUE : event.payload.reason;
      batch.cancellation = { position, reason, told: new Set() };
    } else if (batch.state.endedAtMs !== null) {
      this.open.delete(batchId);
    }
  }

  private submit(recorded: RecordedEvent<BatchEvent>, tenantId: TenantId): void {
    const batchId = recorded.stream as BatchId;
    this.open.set(batchId, {
      batchId,
      tenantId,
      correlationId: recorded.metadata.correlationId,
      submittedPosition: recorded.position,
      state: batchDecider.initialState,
      version: 0,
      tasksLeft: new TasksLeft(),
      created: new Set(),
      ended: new Set(),
      unreported: new Map(),
      cancellation: null,
    });
  }

  private evolveTask({ event, stream }: RecordedEvent<WorkloadEvent>): void {
    const workloadId = stream as WorkloadId;
    if (event.type === 'WorkloadSubmitted') {
      const { batch: of } = event.payload;
      const batch = of === null ? undefined : this.open.get(of.batchId);
      if (of === null || batch === undefined) return;
      this.taskOf.set(workloadId, { batch, index: of.index });
      taskBegun(batch, of.index);
      return;
    }
    const task = this.taskOf.get(workloadId);
    const outcome = outcomes[event.type];
    if (task === undefined || outcome === undefined) return;
    this.taskOf.delete(workloadId);
    const { batch, index } = task;
    batch.ended.add(index);
    if (batch.state.outcomes[index] === undefined) {
      batch.unreported.set(index, { index, workloadId, outcome });
    }
  }
}
