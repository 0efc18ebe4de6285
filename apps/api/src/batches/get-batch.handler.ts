import { batchDecider, type Clock, isId } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { notFound } from '../problems/problems.js';
import { CLOCK, EVENT_LOG } from '../sources.js';
import type { BatchView } from './batch.schema.js';
import { batchNames } from './batch-names.js';
import { batchView } from './batch-view.js';

export class GetBatch extends Query<BatchView> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
  ) {
    super();
  }
}

@QueryHandler(GetBatch)
export class GetBatchHandler implements IQueryHandler<GetBatch> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ caller, id }: GetBatch): Promise<BatchView> {
    const { tenantId } = caller;
    if (!isId('bat', id)) throw notFound('batch');
    const [{ state, version }, [name = null]] = await Promise.all([
      this.log.readState(tenantId, id, batchDecider),
      batchNames(this.log, tenantId, [id]),
    ]);
    if (version === 0) throw notFound('batch');
    return batchView(state, name, this.clock());
  }
}
