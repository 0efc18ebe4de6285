import { hostDecider, isId } from '@bulkhead/domain';
import { type EventLog, listHosts } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import { queryBoolean } from '../http/text.js';
import { Cursors } from '../paging/cursors.js';
import { type Page, pageQuery, readPage } from '../paging/page.js';
import { notFound } from '../problems/problems.js';
import { READ_MODELS, type ReadModels, storePage } from '../read-models.js';
import { EVENT_LOG } from '../sources.js';
import { HOST_CONDITIONS, type HostView } from './host.schema.js';
import { hostView } from './host-view.js';

export class GetHost extends Query<HostView> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(GetHost)
export class GetHostHandler implements IQueryHandler<GetHost> {
  constructor(@Inject(EVENT_LOG) private readonly log: EventLog) {}

  async execute({ id }: GetHost): Promise<HostView> {
    if (!isId('host', id)) throw notFound('host');
    const { state, version } = await this.log.readState(null, id, hostDecider);
    if (version === 0) throw notFound('host');
    return hostView(state);
  }
}

export const HostListQuery = z.strictObject({
  ...pageQuery,
  status: z.enum(HOST_CONDITIONS).optional(),
  cordoned: queryBoolean.optional(),
  drain: z.enum(['none', 'draining', 'drained']).optional().meta({
    description: 'draining: something is still there. drained: nothing is left.',
  }),
  quarantined: queryBoolean.optional(),
});

export class ListHosts extends Query<Page<HostView>> {
  constructor(readonly request: z.infer<typeof HostListQuery>) {
    super();
  }
}

@QueryHandler(ListHosts)
export class ListHostsHandler implements IQueryHandler<ListHosts> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    private readonly cursors: Cursors,
  ) {}

  async execute({ request }: ListHosts): Promise<Page<HostView>> {
    const { limit, cursor, ...filter } = request;
    const { items, nextCursor } = await readPage(
      this.cursors,
      { list: 'hosts', scope: 'operator', filters: filter },
      { limit, cursor },
      (after, fetch) => listHosts(this.readModels, filter, storePage(after, fetch)),
      ({ hostId }) => hostId,
    );
    return { items: items.map(({ state }) => hostView(state)), nextCursor };
  }
}
