import { isId, type TenantId } from '@bulkhead/domain';
import { streamUpTo, type WholeLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type pg from 'pg';
import { publishedPolicies } from '../../policies/published-policies.js';
import { notFound } from '../../problems/problems.js';
import { AUDIT_LOG, AUDIT_POOL } from '../audit-pool.js';
import { type AuditDecisionsView, DECISIONS_TOLD_MAX } from './decision.schema.js';
import { decisionView, type RecordedDecision } from './decision-view.js';

export class GetAuditDecisions extends Query<AuditDecisionsView> {
  constructor(readonly id: string) {
    super();
  }
}

/** Every isolation decision of a workload with its grounds, made again from them. */
@QueryHandler(GetAuditDecisions)
export class GetAuditDecisionsHandler implements IQueryHandler<GetAuditDecisions> {
  constructor(
    @Inject(AUDIT_POOL) private readonly pool: pg.Pool,
    @Inject(AUDIT_LOG) private readonly log: Pick<WholeLog, 'readStream'>,
  ) {}

  async execute({ id }: GetAuditDecisions): Promise<AuditDecisionsView> {
    if (!isId('wl', id)) throw notFound('workload');
    let tenantId: TenantId | null = null;
    let decisionsTotal = 0;
    let found: Omit<RecordedDecision, 'policies'>[] = [];
    for await (const recorded of streamUpTo(this.pool, id, { position: Number.MAX_SAFE_INTEGER })) {
      const { event, tenant } = recorded;
      tenantId = tenant;
      if (event.type !== 'IsolationDecided' && event.type !== 'WorkloadRejected') continue;
      decisionsTotal += 1;
      found = [...found, { recorded, event }].slice(-DECISIONS_TOLD_MAX);
    }
    if (tenantId === null) throw notFound('workload');
    // A decision names a version that was published before it, so reading these last misses none.
    const published = await publishedPolicies(this.log);
    const policies = new Map(published.map(({ payload }) => [payload.version, payload.policy]));
    const decisions = found.map((decision) => decisionView({ ...decision, policies }));
    const same = decisions.every(({ decidedAgain }) => decidedAgain?.same === true);
    return { workloadId: id, tenantId, decisionsTotal, decisions, same };
  }
}
