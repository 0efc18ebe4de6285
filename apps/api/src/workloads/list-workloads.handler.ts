import { type HostId, isId } from '@bulkhead/domain';
import {
  HOLDING_STATUSES,
  listWorkloads,
  type WorkloadFilter,
  type WorkloadRow,
} from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import type { TenantCaller } from '../auth/caller.js';
import { queryText, time } from '../http/text.js';
import { inOrder } from '../http/time-span.js';
import { Cursors } from '../paging/cursors.js';
import { type Page, pageQuery, readPage } from '../paging/page.js';
import { Pseudonyms } from '../pseudonyms/pseudonyms.js';
import { READ_MODELS, type ReadModels, storePage } from '../read-models.js';
import { labelFilters, labelOf } from './label-filter.js';
import { lostHosts } from './lost-hosts.js';
import { WORKLOAD_STATUSES } from './workload.schema.js';
import { type WorkloadView, workloadView } from './workload-view.js';

export const WorkloadListQuery = z
  .strictObject({
    ...pageQuery,
    status: z.enum(WORKLOAD_STATUSES).optional(),
    batch: queryText(64).optional(),
    isolation: z.enum(['process', 'hyperv']).optional(),
    submittedAfter: time.optional().meta({ description: 'Submitted at this time or later.' }),
    submittedBefore: time.optional().meta({
      description: 'Submitted before this time; not before `submittedAfter`.',
    }),
    label: labelFilters,
  })
  .superRefine(inOrder('submittedAfter', 'submittedBefore'));
export type WorkloadListRequest = z.infer<typeof WorkloadListQuery>;

export class ListWorkloads extends Query<Page<WorkloadView>> {
  constructor(
    readonly caller: TenantCaller,
    readonly request: WorkloadListRequest,
  ) {
    super();
  }
}

@QueryHandler(ListWorkloads)
export class ListWorkloadsHandler implements IQueryHandler<ListWorkloads> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    private readonly cursors: Cursors,
    private readonly pseudonyms: Pseudonyms,
  ) {}

  async execute({ caller, request }: ListWorkloads): Promise<Page<WorkloadView>> {
    const { limit, cursor, ...filters } = request;
    const { tenantId } = caller;
    const binding = { list: 'workloads', scope: tenantId, filters };
    // One reading of the lost hosts for what is looked for and for what is shown.
    const lostBefore = concernsHosts(request) ? await lostHosts(this.readModels) : null;
    const filter = storeFilter(request, [...(lostBefore ?? [])]);
    const page = await readPage<WorkloadRow>(
      this.cursors,
      binding,
      { limit, cursor },
      async (after, fetch) =>
        filter === null
          ? []
          : listWorkloads(this.readModels, tenantId, filter, storePage(after, fetch)),
      ({ workloadId }) => workloadId,
    );
    const lost =
      lostBefore ?? (page.items.some(mayHold) ? await lostHosts(this.readModels) : noHosts);
    const items = page.items.map(({ state, hostId }) =>
      workloadView(state, {
        hostLost: hostId !== null && lost.has(hostId),
        pseudonyms: this.pseudonyms,
      }),
    );
    return { items, nextCursor: page.nextCursor };
  }
}

const noHosts: ReadonlySet<HostId> = new Set();

const mayHold = ({ state }: WorkloadRow) => state.current !== null && state.endedAtMs === null;

/** Whether the status that is asked for is one of workloads that hold a place, or held it when a host was lost. */
function concernsHosts({ status }: WorkloadListRequest): boolean {
  return status === 'unknown' || HOLDING_STATUSES.some((one) => one === status);
}

/** Null where nothing can match: something that is no batch's id. */
function storeFilter(request: WorkloadListRequest, lost: readonly HostId[]): WorkloadFilter | null {
  const { status, batch, isolation, submittedAfter, submittedBefore, label } = request;
  if (batch !== undefined && !isId('bat', batch)) return null;
  return {
    ...(status === undefined
      ? {}
      : { status: status === 'unknown' ? 'on-lost-host' : status, lostHosts: lost }),
    ...(batch === undefined ? {} : { batchId: batch as `bat_${string}` }),
    ...(isolation === undefined ? {} : { isolation }),
    ...(submittedAfter === undefined ? {} : { submittedFromMs: Date.parse(submittedAfter) }),
    ...(submittedBefore === undefined ? {} : { submittedBeforeMs: Date.parse(submittedBefore) }),
    ...(label === undefined ? {} : { labels: label.map(labelOf) }),
  };
}
