import {
  holdingAttempt,
  hostDecider,
  isId,
  type WorkloadState,
  workloadDecider,
} from '@bulkhead/domain';
import { type LogMoment, readStateAt } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type pg from 'pg';
import { notFound } from '../problems/problems.js';
import { timeText } from '../sources.js';
import { workloadView } from '../workloads/workload-view.js';
import type { AuditWorkloadView } from './audit.schema.js';
import { AUDIT_POOL } from './audit-pool.js';

export class GetAuditWorkload extends Query<AuditWorkloadView> {
  constructor(
    readonly id: string,
    readonly at: string | undefined,
  ) {
    super();
  }
}

/** As it was at a time, folded from what the log had recorded by then. */
@QueryHandler(GetAuditWorkload)
export class GetAuditWorkloadHandler implements IQueryHandler<GetAuditWorkload> {
  constructor(@Inject(AUDIT_POOL) private readonly pool: pg.Pool) {}

  async execute({ id, at }: GetAuditWorkload): Promise<AuditWorkloadView> {
    if (!isId('wl', id)) throw notFound('workload');
    const moment: LogMoment =
      at === undefined ? { position: Number.MAX_SAFE_INTEGER } : { timeMs: Date.parse(at) };
    const { state, last } = await readStateAt(this.pool, id, workloadDecider, moment);
    if (last === null) throw notFound('workload');
    const hostLost = await this.wasHostLost(state, moment);
    return {
      tenantId: state.tenantId ?? '',
      version: last.version,
      position: last.position,
      recordedAt: timeText(last.recordedAtMs),
      workload: workloadView(state, { hostLost, pseudonyms: null }),
    };
  }

  private async wasHostLost(state: WorkloadState, moment: LogMoment): Promise<boolean> {
    const attempt = holdingAttempt(state);
    if (attempt === null) return false;
    const host = await readStateAt(this.pool, attempt.hostId, hostDecider, moment);
    return host.state.condition === 'lost';
  }
}
