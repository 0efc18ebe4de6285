import type { TenantId } from '@bulkhead/domain';
import { type EventLog, listCredentials } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Cursors } from '../paging/cursors.js';
import { type Page, type PageRequest, readPage } from '../paging/page.js';
import { READ_MODELS, type ReadModels, storePage } from '../read-models.js';
import { EVENT_LOG } from '../sources.js';
import { readTenant } from '../tenants/read-tenants.handlers.js';
import { type CredentialView, credentialView } from './credential.schema.js';

export class ListCredentials extends Query<Page<CredentialView>> {
  constructor(
    readonly tenantId: string,
    readonly page: PageRequest,
  ) {
    super();
  }
}

@QueryHandler(ListCredentials)
export class ListCredentialsHandler implements IQueryHandler<ListCredentials> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    private readonly cursors: Cursors,
  ) {}

  async execute({ tenantId, page }: ListCredentials): Promise<Page<CredentialView>> {
    await readTenant(this.log, tenantId);
    const { items, nextCursor } = await readPage(
      this.cursors,
      { list: `tenants/${tenantId}/credentials`, scope: 'operator', filters: {} },
      page,
      (after, fetch) =>
        listCredentials(this.readModels, tenantId as TenantId, storePage(after, fetch)),
      ({ credentialId }) => credentialId,
    );
    return { items: items.map(({ state }) => credentialView(state)), nextCursor };
  }
}
