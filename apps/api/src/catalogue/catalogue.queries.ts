import { formatOsVersion, type ImageState, policyDecider, ruleTexts } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Cursors } from '../paging/cursors.js';
import { type Page, type PageRequest, readPage } from '../paging/page.js';
import { notFound } from '../problems/problems.js';
import { EVENT_LOG } from '../sources.js';
import type { ImageView, PolicyView, RuleList } from './catalogue.schema.js';
import { ImageCatalogue } from './image-catalogue.js';

export class ListImages extends Query<Page<ImageView>> {
  constructor(readonly page: PageRequest) {
    super();
  }
}

@QueryHandler(ListImages)
export class ListImagesHandler implements IQueryHandler<ListImages> {
  constructor(
    private readonly catalogue: ImageCatalogue,
    private readonly cursors: Cursors,
  ) {}

  async execute({ page }: ListImages): Promise<Page<ImageView>> {
    const { items, nextCursor } = await readPage(
      this.cursors,
      { list: 'images', scope: 'operator', filters: {} },
      page,
      (after, fetch) => this.catalogue.list(after, fetch),
      ([id]) => id,
    );
    return { items: items.flatMap(([id, state]) => imageView(id, state)), nextCursor };
  }
}

function imageView(id: string, { registered, revoked }: ImageState): ImageView[] {
  if (registered === null) return [];
  const { imageId: _imageId, osVersion, ...facts } = registered;
  const version = osVersion === null ? null : formatOsVersion(osVersion);
  return [{ id, ...facts, osVersion: version, revoked }];
}

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
