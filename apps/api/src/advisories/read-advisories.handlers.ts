import { advisoryDecider, type Clock, isId } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Cursors } from '../paging/cursors.js';
import { type Page, type PageRequest, readPage } from '../paging/page.js';
import { notFound } from '../problems/problems.js';
import { CLOCK, EVENT_LOG } from '../sources.js';
import { type AdvisoryView, advisoryView } from './advisory.schema.js';
import { AdvisoryList } from './advisory-list.js';

export class ListAdvisories extends Query<Page<AdvisoryView>> {
  constructor(readonly page: PageRequest) {
    super();
  }
}

@QueryHandler(ListAdvisories)
export class ListAdvisoriesHandler implements IQueryHandler<ListAdvisories> {
  constructor(
    private readonly advisories: AdvisoryList,
    private readonly cursors: Cursors,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ page }: ListAdvisories): Promise<Page<AdvisoryView>> {
    const { items, nextCursor } = await readPage(
      this.cursors,
      { list: 'advisories', scope: 'operator', filters: {} },
      page,
      (after, fetch) => this.advisories.list(after, fetch),
      ([id]) => id,
    );
    const nowMs = this.clock();
    return { items: items.map(([, state]) => advisoryView(state, nowMs)), nextCursor };
  }
}

export class GetAdvisory extends Query<AdvisoryView> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(GetAdvisory)
export class GetAdvisoryHandler implements IQueryHandler<GetAdvisory> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ id }: GetAdvisory): Promise<AdvisoryView> {
    if (!isId('adv', id)) throw notFound('advisory');
    const { state } = await this.log.readState(null, id, advisoryDecider);
    if (state.published === null) throw notFound('advisory');
    return advisoryView(state, this.clock());
  }
}
