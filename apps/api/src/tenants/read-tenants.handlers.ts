import { isId, type TenantState, tenantDecider } from '@bulkhead/domain';
import { type EventLog, listTenants } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { z } from 'zod';
import { Cursors } from '../paging/cursors.js';
import { type Page, pageQuery, readPage } from '../paging/page.js';
import { notFound } from '../problems/problems.js';
import { READ_MODELS, type ReadModels, storePage } from '../read-models.js';
import { EVENT_LOG } from '../sources.js';
import { type TenantView, tenantView } from './tenant.schema.js';

/** @throws RequestProblem where there is no such tenant */
export async function readTenant(
  log: Pick<EventLog, 'readState'>,
  id: string,
): Promise<TenantState> {
  if (!isId('ten', id)) throw notFound('tenant');
  const { state, version } = await log.readState(id, id, tenantDecider);
  if (version === 0) throw notFound('tenant');
  return state;
}

export class GetTenant extends Query<TenantView> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(GetTenant)
export class GetTenantHandler implements IQueryHandler<GetTenant> {
  constructor(@Inject(EVENT_LOG) private readonly log: EventLog) {}

  async execute({ id }: GetTenant): Promise<TenantView> {
    return tenantView(await readTenant(this.log, id));
  }
}

export const TenantListQuery = z.strictObject({
  ...pageQuery,
  trust: z.enum(['trusted', 'standard', 'hostile']).optional(),
});

export class ListTenants extends Query<Page<TenantView>> {
  constructor(readonly request: z.infer<typeof TenantListQuery>) {
    super();
  }
}

@QueryHandler(ListTenants)
export class ListTenantsHandler implements IQueryHandler<ListTenants> {
  constructor(
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    private readonly cursors: Cursors,
  ) {}

  async execute({ request }: ListTenants): Promise<Page<TenantView>> {
    const { limit, cursor, trust } = request;
    const { items, nextCursor } = await readPage(
      this.cursors,
      { list: 'tenants', scope: 'operator', filters: { trust } },
      { limit, cursor },
      (after, fetch) => {
        const filter = trust === undefined ? {} : { trust };
        return listTenants(this.readModels, filter, storePage(after, fetch));
      },
      ({ tenantId }) => tenantId,
    );
    return { items: items.map(({ state }) => tenantView(state)), nextCursor };
  }
}
