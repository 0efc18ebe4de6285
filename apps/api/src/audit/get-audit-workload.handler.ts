import {
  fold,
  type HostEvent,
  holdingAttempt,
  hostDecider,
  isId,
  type RecordedEvent,
  type WorkloadEvent,
  type WorkloadState,
} from '@bulkhead/domain';
import { type LogMoment, readStreamAt } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type pg from 'pg';
import { notFound } from '../problems/problems.js';
import { timeText } from '../sources.js';
import { foldWorkload } from '../workloads/read-workload.js';
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
    const history = await readStreamAt(this.pool, id, moment);
    const last = history.at(-1);
    if (last === undefined) throw notFound('workload');
    const state = foldWorkload(history as readonly RecordedEvent<WorkloadEvent>[]);
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
    const history = await readStreamAt(this.pool, attempt.hostId, moment);
    const events = history.map(({ event }) => event as HostEvent);
    return fold(hostDecider, events).condition === 'lost';
  }
}
