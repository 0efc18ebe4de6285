import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { Pseudonyms } from '../pseudonyms/pseudonyms.js';
import { EVENT_LOG } from '../sources.js';
import { foldWorkload, isHostLost, readWorkloadHistory } from './read-workload.js';
import { type WorkloadView, workloadView } from './workload-view.js';

export class GetWorkload extends Query<WorkloadView> {
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

  async execute({ caller, id }: GetWorkload): Promise<WorkloadView> {
    const state = foldWorkload(await readWorkloadHistory(this.log, caller.tenantId, id));
    const hostLost = await isHostLost(this.log, state);
    return workloadView(state, { hostLost, pseudonyms: this.pseudonyms });
  }
}
