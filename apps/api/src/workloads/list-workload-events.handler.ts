import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { Cursors } from '../paging/cursors.js';
import { type Page, type PageRequest, readPage } from '../paging/page.js';
import { Pseudonyms } from '../pseudonyms/pseudonyms.js';
import { EVENT_LOG } from '../sources.js';
import { readWorkloadHistory } from './read-workload.js';
import { type WorkloadEventView, workloadEventView } from './workload-event-view.js';

export class ListWorkloadEvents extends Query<Page<WorkloadEventView>> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
    readonly page: PageRequest,
  ) {
    super();
  }
}

@QueryHandler(ListWorkloadEvents)
export class ListWorkloadEventsHandler implements IQueryHandler<ListWorkloadEvents> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    private readonly cursors: Cursors,
    private readonly pseudonyms: Pseudonyms,
  ) {}

  async execute({ caller, id, page }: ListWorkloadEvents): Promise<Page<WorkloadEventView>> {
    const { tenantId } = caller;
    const history = await readWorkloadHistory(this.log, tenantId, id);
    const events = await readPage(
      this.cursors,
      { list: `workloads/${id}/events`, scope: tenantId, filters: {} },
      page,
      async (after, fetch) => {
        const from = after === null ? 0 : Number(after);
        return history.slice(from, from + fetch);
      },
      ({ version }) => String(version),
    );
    return {
      items: events.items.map((recorded) => workloadEventView(this.pseudonyms, tenantId, recorded)),
      nextCursor: events.nextCursor,
    };
  }
}
