import type { WorkloadId } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { Pseudonyms } from '../pseudonyms/pseudonyms.js';
import { EVENT_LOG } from '../sources.js';
import { foldWorkload, isHostLost, readWorkloadHistory } from './read-workload.js';
import {
  cancelledView,
  readWorkloadContent,
  type WorkloadWithContent,
} from './workload-content.js';
import { workloadView } from './workload-view.js';

export class GetWorkload extends Query<WorkloadWithContent> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
  ) {
    super();
  }
}

/** Folds the stream itself, so that it sees every command that was answered before. */
@QueryHandler(GetWorkload)
export class GetWorkloadHandler implements IQueryHandler<GetWorkload> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    private readonly pseudonyms: Pseudonyms,
  ) {}

  async execute({ caller, id }: GetWorkload): Promise<WorkloadWithContent> {
    const { tenantId } = caller;
    const history = await readWorkloadHistory(this.log, tenantId, id);
    const state = foldWorkload(history);
    const [hostLost, content] = await Promise.all([
      isHostLost(this.log, state),
      readWorkloadContent(this.log, tenantId, id as WorkloadId),
    ]);
    const view = workloadView(state, { hostLost, pseudonyms: this.pseudonyms });
    return { ...view, cancelled: cancelledView(history.map(({ event }) => event)), content };
  }
}
