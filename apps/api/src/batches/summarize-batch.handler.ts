import { type BatchId, type BatchState, batchDecider, isId, isTerminal } from '@bulkhead/domain';
import {
  type BatchTotals,
  type EventLog,
  readBatchTotals,
  readWorkloads,
  type WorkloadRow,
} from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { ProjectionWaiter } from '../consistency/projection-waiter.js';
import { notFound } from '../problems/problems.js';
import { READ_MODELS, type ReadModels } from '../read-models.js';
import { EVENT_LOG } from '../sources.js';
import type { BatchSummaryView } from './batch-summary.schema.js';
import { batchView } from './batch-view.js';

export class SummarizeBatch extends Query<BatchSummaryView> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
  ) {
    super();
  }
}

/** The batch itself is read from its stream, its tasks from the read model: of an ended batch, all of them. */
@QueryHandler(SummarizeBatch)
export class SummarizeBatchHandler implements IQueryHandler<SummarizeBatch> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    private readonly waiter: ProjectionWaiter,
  ) {}

  async execute({ caller, id }: SummarizeBatch): Promise<BatchSummaryView> {
    const { tenantId } = caller;
    if (!isId('bat', id)) throw notFound('batch');
    const { state, version } = await this.log.readState(tenantId, id, batchDecider);
    if (version === 0) throw notFound('batch');
    const totals = await this.totals(caller, id, state);
    const failures = state.firstFailures;
    const rows =
      failures.length === 0
        ? []
        : await readWorkloads(
            this.readModels,
            tenantId,
            failures.map(({ workloadId }) => workloadId),
          );
    return summaryView(state, totals, rows);
  }

  /**
   * What ended before its batch did stands before it in the log, so a read model that lacks some of an ended
   * batch only has to catch up.
   * @throws RequestProblem (504) where it does not in time
   */
  private async totals(
    { tenantId }: TenantCaller,
    id: BatchId,
    state: BatchState,
  ): Promise<BatchTotals> {
    const totals = await readBatchTotals(this.readModels, tenantId, id);
    if (state.endedAtMs === null || holdsAll(state, totals)) return totals;
    const position = await this.log.lastPosition();
    await this.waiter.passed({ scope: tenantId, projections: ['workloads'], position });
    return readBatchTotals(this.readModels, tenantId, id);
  }
}

type Statuses = BatchTotals['statuses'];

/** Whether every task that its batch has counted is among the ended ones. */
function holdsAll({ counts }: BatchState, { statuses }: BatchTotals): boolean {
  return endedOf(statuses) === Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function endedOf(statuses: Statuses): number {
  return Object.entries(statuses)
    .filter(([status]) => isTerminal(status as keyof Statuses & string))
    .reduce((sum, [, tasks]) => sum + tasks, 0);
}

function summaryView(
  state: BatchState,
  totals: BatchTotals,
  rows: readonly WorkloadRow[],
): BatchSummaryView {
  const { id, status, taskCount } = batchView(state, null, state.submittedAtMs);
  const { statuses, ...told } = totals;
  const workloads = Object.values(statuses).reduce((sum, tasks) => sum + tasks, 0);
  const rest = state.endedAtMs === null ? 'pending' : 'skipped';
  const shown = { ...statuses, ...(workloads < taskCount && { [rest]: taskCount - workloads }) };
  const rowOf = new Map(rows.map((row) => [row.workloadId, row.state]));
  return {
    ...{ id, status, taskCount },
    isFinal: state.endedAtMs !== null && holdsAll(state, totals),
    statuses: shown as BatchSummaryView['statuses'],
    ...told,
    firstFailures: state.firstFailures.flatMap(({ index, workloadId }) => {
      const workload = rowOf.get(workloadId);
      if (workload === undefined || workload.status === 'absent') return [];
      const { current, refusal } = workload;
      const cause = current?.failure?.cause ?? refusal?.code ?? null;
      const exitCode = current?.exit?.exitCode ?? null;
      const attempts = current?.attempt ?? 0;
      return [{ index, workloadId, status: workload.status, cause, exitCode, attempts }];
    }),
  } as BatchSummaryView;
}
