import type { DomainEvent, StreamId, TenantId } from '@bulkhead/domain';
import { type AuditFilter, readAudit } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type pg from 'pg';
import { type AuditEventPageView, type AuditEventsRequest, auditEvent } from './audit.schema.js';
import { AUDIT_POOL } from './audit-pool.js';

export class ListAuditEvents extends Query<AuditEventPageView> {
  constructor(readonly request: AuditEventsRequest) {
    super();
  }
}

@QueryHandler(ListAuditEvents)
export class ListAuditEventsHandler implements IQueryHandler<ListAuditEvents> {
  constructor(@Inject(AUDIT_POOL) private readonly pool: pg.Pool) {}

  async execute({ request }: ListAuditEvents): Promise<AuditEventPageView> {
    const events = await readAudit(this.pool, storeFilter(request));
    const last = events.at(-1);
    const more = events.length === request.limit && last !== undefined;
    return { items: events.map(auditEvent), nextAfterPosition: more ? last.position : null };
  }
}

function storeFilter(request: AuditEventsRequest): AuditFilter {
  const { tenant, stream, type, actor, from, to, afterPosition, limit } = request;
  return {
    limit,
    afterPosition,
    ...(tenant === undefined ? {} : { tenant: tenant as TenantId }),
    ...(stream === undefined ? {} : { stream: stream as StreamId }),
    ...(type === undefined ? {} : { type: type as DomainEvent['type'] }),
    ...(actor === undefined ? {} : { actorId: actor }),
    ...(from === undefined ? {} : { fromMs: Date.parse(from) }),
    ...(to === undefined ? {} : { beforeMs: Date.parse(to) }),
  };
}
