import {
  type CloneUse,
  fold,
  isId,
  sharedPagesWith,
  type TemplateEvent,
  type TemplateId,
  TemplateUse,
  templateDecider,
  templateUseTypes,
} from '@bulkhead/domain';
import type { WholeLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { notFound } from '../../problems/problems.js';
import { timeText } from '../../sources.js';
import { AUDIT_LOG } from '../audit-pool.js';
import { type AuditTemplateView, CLONES_TOLD_MAX } from './template.schema.js';
import { templateFactsView } from './template-view.js';

export class GetAuditTemplate extends Query<AuditTemplateView> {
  constructor(readonly id: string) {
    super();
  }
}

/** A template, and who held its pages when: read from its request on, until nothing more can be said of it. */
@QueryHandler(GetAuditTemplate)
export class GetAuditTemplateHandler implements IQueryHandler<GetAuditTemplate> {
  constructor(
    @Inject(AUDIT_LOG) private readonly log: Pick<WholeLog, 'readStream' | 'streamAll'>,
  ) {}

  async execute({ id }: GetAuditTemplate): Promise<AuditTemplateView> {
    if (!isId('tpl', id)) throw notFound('template');
    const history = await this.log.readStream(null, id);
    const [requested] = history;
    if (requested === undefined) throw notFound('template');
    const events = history.map(({ event }) => event as TemplateEvent);
    const { clones } = await this.useOf(id, requested.position);
    return {
      ...templateFactsView(fold(templateDecider, events)),
      clonesTotal: clones.length,
      clones: clones.slice(0, CLONES_TOLD_MAX).map((clone) => cloneView(clone, clones)),
    };
  }

  private async useOf(id: TemplateId, requestedAt: number): Promise<TemplateUse> {
    const use = new TemplateUse(id);
    const options = { afterPosition: requestedAt, types: templateUseTypes };
    for await (const { events } of this.log.streamAll(options)) {
      for (const recorded of events) use.see(recorded);
      if (use.isOver) break;
    }
    return use;
  }
}

function cloneView(clone: CloneUse, clones: readonly CloneUse[]) {
  const { workloadId, tenantId, trustBoundary, computeSystemId, fromPosition, origin } = clone;
  return {
    ...{ workloadId, tenantId: tenantId ?? '', trustBoundary, computeSystemId, fromPosition },
    from: timeText(clone.fromMs),
    until: clone.untilMs === null ? null : timeText(clone.untilMs),
    warmCopy: origin?.warmCopy ?? null,
    runtimeId: origin?.runtimeId ?? null,
    sharedPagesWith: sharedPagesWith(clone, clones).map((other) => other.workloadId),
  };
}
