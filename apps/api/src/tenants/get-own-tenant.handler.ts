import type { TenantId } from '@bulkhead/domain';
import { type EventLog, readOpenWork, readTenantUse, shownOpen } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type pg from 'pg';
import type { Settings } from '../settings.js';
import { API_POOL, EVENT_LOG, SETTINGS } from '../sources.js';
import { readTenant } from './read-tenants.handlers.js';
import { type OwnTenantView, ownTenantView } from './tenant.schema.js';

export class GetOwnTenant extends Query<OwnTenantView> {
  constructor(readonly tenantId: TenantId) {
    super();
  }
}

/** The tenant as its stream has it now, and what of its quota is used as the read model shows it. */
@QueryHandler(GetOwnTenant)
export class GetOwnTenantHandler implements IQueryHandler<GetOwnTenant> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(API_POOL) private readonly pool: pg.Pool,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  async execute({ tenantId }: GetOwnTenant): Promise<OwnTenantView> {
    const [state, counted, open] = await Promise.all([
      readTenant(this.log, tenantId),
      readTenantUse(this.pool, tenantId),
      readOpenWork(this.pool, tenantId),
    ]);
    const isCounted = state.quota.submissionsPerMinute !== null;
    const submissionsThisMinute = isCounted ? counted.submissionsThisMinute : null;
    const use = { ...counted, openWorkloads: shownOpen(open), submissionsThisMinute };
    const limits = { openWorkloads: this.settings.openWorkloadsPerTenantMax };
    return { ...ownTenantView(state), limits, use };
  }
}
