import type { BatchId, Clock } from '@bulkhead/domain';
import { type EventLog, type ListedBatch, listBatches } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import type { TenantCaller } from '../auth/caller.js';
import { time } from '../http/text.js';
import { inOrder } from '../http/time-span.js';
import { Cursors } from '../paging/cursors.js';
import { type Page, pageQuery, readPage } from '../paging/page.js';
import { READ_MODELS, type ReadModels, storePage } from '../read-models.js';
import { CLOCK, EVENT_LOG } from '../sources.js';
import { BATCH_STATUSES, type BatchView } from './batch.schema.js';
import { batchNames } from './batch-names.js';
import { batchView } from './batch-view.js';

export const BatchListQuery = z
  .strictObject({
    ...pageQuery,
    status: z.enum(BATCH_STATUSES).optional(),
    submittedAfter: time.optional().meta({ description: 'Submitted at this time or later.' }),
    submittedBefore: time.optional().meta({
      description: 'Submitted before this time; not before `submittedAfter`.',
    }),
  })
  .superRefine(inOrder('submittedAfter', 'submittedBefore'));
export type BatchListRequest = z.infer<typeof BatchListQuery>;

export class ListBatches extends Query<Page<BatchView>> {
  constructor(
    readonly caller: TenantCaller,
    readonly request: BatchListRequest,
  ) {
    super();
  }
}

@QueryHandler(ListBatches)
export class ListBatchesHandler implements IQueryHandler<ListBatches> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    private readonly cursors: Cursors,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ caller, request }: ListBatches): Promise<Page<BatchView>> {
    const { limit, cursor, ...filters } = request;
    const { tenantId } = caller;
    const { status, submittedAfter, submittedBefore } = filters;
    const filter = {
      ...(status === undefined ? {} : { status }),
      ...(submittedAfter === undefined ? {} : { submittedFromMs: Date.parse(submittedAfter) }),
      ...(submittedBefore === undefined ? {} : { submittedBeforeMs: Date.parse(submittedBefore) }),
    };
    const { items, nextCursor } = await readPage<ListedBatch>(
      this.cursors,
      { list: 'batches', scope: tenantId, filters },
      { limit, cursor },
      (after, fetch) => listBatches(this.readModels, tenantId, filter, storePage(after, fetch)),
      ({ batchId }) => batchId,
    );
    const ids: readonly BatchId[] = items.map(({ batchId }) => batchId);
    const nowMs = this.clock();
    const names = await batchNames(this.log, tenantId, ids);
    return {
      items: items.map(({ state }, at) => batchView(state, names[at] ?? null, nowMs)),
      nextCursor,
    };
  }
}
