import {
  type Clock,
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
import { invalidRequest, notFound } from '../problems/problems.js';
import { CLOCK, timeText } from '../sources.js';
import { workloadView } from '../workloads/workload-view.js';
import type { AuditWorkloadView } from './audit.schema.js';
import { AUDIT_POOL } from './audit-pool.js';

/** Times come from Postgres's clock and from the auditor's; both may be a little ahead of this process's. */
const CLOCKS_DIFFER_MAX_MS = 60_000;

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
  constructor(
    @Inject(AUDIT_POOL) private readonly pool: pg.Pool,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ id, at }: GetAuditWorkload): Promise<AuditWorkloadView> {
    if (!isId('wl', id)) throw notFound('workload');
    const moment = this.momentOf(at);
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

  /** @throws RequestProblem for the future: what is answered for a moment must stay true of it */
  private momentOf(at: string | undefined): LogMoment {
    if (at === undefined) return { position: Number.MAX_SAFE_INTEGER };
    const timeMs = Date.parse(at);
    if (timeMs <= this.clock() + CLOCKS_DIFFER_MAX_MS) return { timeMs };
    const detail = `is in the future (it is ${timeText(this.clock())}); leave it out for the present`;
    throw invalidRequest([{ parameter: 'at', detail }]);
  }

  private async wasHostLost(state: WorkloadState, moment: LogMoment): Promise<boolean> {
    const attempt = holdingAttempt(state);
    if (attempt === null) return false;
    const host = await readStateAt(this.pool, attempt.hostId, hostDecider, moment);
    return host.state.condition === 'lost';
  }
}
