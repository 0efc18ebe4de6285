import { policyDecider, ruleTexts } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { notFound } from '../problems/problems.js';
import { EVENT_LOG } from '../sources.js';
import type { PolicyView, RuleList } from './catalogue.schema.js';

export class GetCurrentPolicy extends Query<PolicyView> {}

@QueryHandler(GetCurrentPolicy)
export class GetCurrentPolicyHandler implements IQueryHandler<GetCurrentPolicy> {
  constructor(@Inject(EVENT_LOG) private readonly log: EventLog) {}

  async execute(): Promise<PolicyView> {
    const { state } = await this.log.readState(null, 'policy', policyDecider);
    const { policy, version } = state;
    if (policy === null) throw notFound('policy');
    return { version, ...policy, trustedPublishers: [...policy.trustedPublishers] };
  }
}

export class ListRules extends Query<RuleList> {}

@QueryHandler(ListRules)
export class ListRulesHandler implements IQueryHandler<ListRules> {
  async execute(): Promise<RuleList> {
    return { items: [...ruleTexts()] };
  }
}
