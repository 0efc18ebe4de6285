import { incidentDecider, isId } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Cursors } from '../paging/cursors.js';
import { type Page, type PageRequest, readPage } from '../paging/page.js';
import { notFound } from '../problems/problems.js';
import { EVENT_LOG } from '../sources.js';
import { type IncidentView, incidentView } from './incident.schema.js';
import { IncidentList } from './incident-list.js';

export class ListIncidents extends Query<Page<IncidentView>> {
  constructor(readonly page: PageRequest) {
    super();
  }
}

@QueryHandler(ListIncidents)
export class ListIncidentsHandler implements IQueryHandler<ListIncidents> {
  constructor(
    private readonly incidents: IncidentList,
    private readonly cursors: Cursors,
  ) {}

  async execute({ page }: ListIncidents): Promise<Page<IncidentView>> {
    const { items, nextCursor } = await readPage(
      this.cursors,
      { list: 'incidents', scope: 'operator', filters: {} },
      page,
      (after, fetch) => this.incidents.list(after, fetch),
      ([id]) => id,
    );
    return { items: items.map(([, state]) => incidentView(state)), nextCursor };
  }
}

export class GetIncident extends Query<IncidentView> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(GetIncident)
export class GetIncidentHandler implements IQueryHandler<GetIncident> {
  constructor(@Inject(EVENT_LOG) private readonly log: EventLog) {}

  async execute({ id }: GetIncident): Promise<IncidentView> {
    if (!isId('inc', id)) throw notFound('incident');
    const { state } = await this.log.readState(null, id, incidentDecider);
    if (state.reported === null) throw notFound('incident');
    return incidentView(state);
  }
}
