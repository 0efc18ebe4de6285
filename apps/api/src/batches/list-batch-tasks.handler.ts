import {
  type BatchId,
  type BatchState,
  batchDecider,
  isId,
  type TenantId,
  tasksToRetry,
  taskWorkloadId,
  type WorkloadId,
} from '@bulkhead/domain';
import { type EventLog, readWorkloads } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import type { TenantCaller } from '../auth/caller.js';
import { Cursors } from '../paging/cursors.js';
import { type Page, pageQuery, readPage } from '../paging/page.js';
import { notFound } from '../problems/problems.js';
import { READ_MODELS, type ReadModels } from '../read-models.js';
import { EVENT_LOG } from '../sources.js';
import { lostHosts } from '../workloads/lost-hosts.js';
import { shownStatus, type WorkloadView } from '../workloads/workload-view.js';
import { type BatchTaskView, TASK_FILTERS } from './batch-task.schema.js';

export const BatchTaskListQuery = z.strictObject({
  ...pageQuery,
  outcome: z.enum(TASK_FILTERS).optional().meta({
    description: '`unfinished`: what the batch has not counted as ended.',
  }),
});
export type BatchTaskListRequest = z.infer<typeof BatchTaskListQuery>;

export class ListBatchTasks extends Query<Page<BatchTaskView>> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
    readonly request: BatchTaskListRequest,
  ) {
    super();
  }
}

type Outcome = BatchTaskView['outcome'];
type Retries = Pick<BatchTaskView, 'retryOf' | 'retriedAs'>;

/** Outcomes are those of the batch's own stream; what has none yet is looked up among the workloads. */
@QueryHandler(ListBatchTasks)
export class ListBatchTasksHandler implements IQueryHandler<ListBatchTasks> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    private readonly cursors: Cursors,
  ) {}

  async execute({ caller, id, request }: ListBatchTasks): Promise<Page<BatchTaskView>> {
    const { limit, cursor, outcome } = request;
    const { tenantId } = caller;
    if (!isId('bat', id)) throw notFound('batch');
    const { state, version } = await this.log.readState(tenantId, id, batchDecider);
    if (version === 0) throw notFound('batch');
    const { items, nextCursor } = await readPage(
      this.cursors,
      { list: `batches/${id}/tasks`, scope: tenantId, filters: { outcome } },
      { limit, cursor },
      async (after, fetch) => someTasks(state, outcome, after === null ? 0 : +after + 1, fetch),
      (index) => String(index),
    );
    const open = items.filter((index) => outcomeOf(state, index) === null);
    const statuses = await this.statuses(
      tenantId,
      open.map((index) => taskWorkloadId(id as BatchId, index)),
    );
    const retries = await this.retries(tenantId, state);
    return {
      items: items.map((index) => ({ ...taskView(state, index, statuses), ...retries(index) })),
      nextCursor,
    };
  }

  /** Which task of the batch that it retries each one is, and which of the one that retries it. */
  private async retries(
    tenantId: TenantId,
    state: BatchState,
  ): Promise<(index: number) => Retries> {
    const { retryOf, retriedBy } = state;
    const retried =
      retryOf === null ? null : await this.log.readState(tenantId, retryOf, batchDecider);
    const before = retried === null ? [] : tasksToRetry(retried.state);
    const again = retriedBy === null ? [] : tasksToRetry(state);
    const after = new Map(again.map((index, at) => [index, at]));
    return (index) => ({ retryOf: before[index] ?? null, retriedAs: after.get(index) ?? null });
  }

  private async statuses(tenantId: TenantId, ids: readonly WorkloadId[]) {
    const rows = ids.length === 0 ? [] : await readWorkloads(this.readModels, tenantId, ids);
    const mayBeUnknown = rows.some(({ hostId }) => hostId !== null);
    const lost = mayBeUnknown ? await lostHosts(this.readModels) : null;
    return new Map<WorkloadId, WorkloadView['status']>(
      rows.map(({ workloadId, hostId, state }) => {
        const hostLost = hostId !== null && (lost?.has(hostId) ?? false);
        return [workloadId, shownStatus(state, { hostLost })];
      }),
    );
  }
}

/** The next indexes from `first` on whose tasks have the outcome that is asked for. */
function someTasks(
  state: BatchState,
  wanted: BatchTaskListRequest['outcome'],
  first: number,
  most: number,
): number[] {
  const indexes: number[] = [];
  for (let index = first; index < state.taskCount && indexes.length < most; index += 1) {
    const isWanted = wanted === undefined || (outcomeOf(state, index) ?? 'unfinished') === wanted;
    if (isWanted) indexes.push(index);
  }
  return indexes;
}

function outcomeOf({ outcomes, endedAtMs }: BatchState, index: number): Outcome {
  return outcomes[index] ?? (endedAtMs === null ? null : 'skipped');
}

function taskView(
  state: BatchState,
  index: number,
  statuses: ReadonlyMap<WorkloadId, WorkloadView['status']>,
): Omit<BatchTaskView, keyof Retries> {
  if (state.batchId === null) throw new Error('there is no such batch');
  const taskId = taskWorkloadId(state.batchId, index);
  const outcome = outcomeOf(state, index);
  const status = outcome ?? statuses.get(taskId) ?? 'pending';
  const hasWorkload = status !== 'pending' && status !== 'skipped';
  return { index, workloadId: hasWorkload ? taskId : null, status, outcome };
}
