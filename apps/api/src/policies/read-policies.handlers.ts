import { policyDecider, tellRules } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Cursors } from '../paging/cursors.js';
import { type Page, type PageRequest, readPage } from '../paging/page.js';
import { notFound } from '../problems/problems.js';
import { EVENT_LOG } from '../sources.js';
import type { PolicyView, RuleList } from './policy.schema.js';
import { policyView } from './policy-view.js';
import { publishedPolicies } from './published-policies.js';

const VERSION = /^[1-9][0-9]{0,8}$/;

/** One version, or with null the one in force. */
export class GetPolicy extends Query<PolicyView> {
  constructor(readonly version: string | null) {
    super();
  }
}

@QueryHandler(GetPolicy)
export class GetPolicyHandler implements IQueryHandler<GetPolicy> {
  constructor(@Inject(EVENT_LOG) private readonly log: EventLog) {}

  async execute({ version }: GetPolicy): Promise<PolicyView> {
    if (version !== null && !VERSION.test(version)) throw notFound('policy');
    const published = await publishedPolicies(this.log);
    const found =
      version === null
        ? published.at(-1)
        : published.find(({ payload }) => payload.version === Number(version));
    if (found === undefined) throw notFound('policy');
    return policyView(found);
  }
}

export class ListPolicies extends Query<Page<PolicyView>> {
  constructor(readonly page: PageRequest) {
    super();
  }
}

@QueryHandler(ListPolicies)
export class ListPoliciesHandler implements IQueryHandler<ListPolicies> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    private readonly cursors: Cursors,
  ) {}

  async execute({ page }: ListPolicies): Promise<Page<PolicyView>> {
    const published = await publishedPolicies(this.log);
    const { items, nextCursor } = await readPage(
      this.cursors,
      { list: 'policies', scope: 'operator', filters: {} },
      page,
      async (after, fetch) =>
        published
          .filter(({ payload }) => after === null || payload.version < Number(after))
          .reverse()
          .slice(0, fetch),
      ({ payload }) => String(payload.version),
    );
    return { items: items.map(policyView), nextCursor };
  }
}

export class ListRules extends Query<RuleList> {}

@QueryHandler(ListRules)
export class ListRulesHandler implements IQueryHandler<ListRules> {
  constructor(@Inject(EVENT_LOG) private readonly log: EventLog) {}

  async execute(): Promise<RuleList> {
    const { state } = await this.log.readState(null, 'policy', policyDecider);
    return { items: [...tellRules(state.policy)] };
  }
}
