import { imageDecider, isId } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Cursors } from '../paging/cursors.js';
import { type Page, type PageRequest, readPage } from '../paging/page.js';
import { notFound } from '../problems/problems.js';
import { EVENT_LOG } from '../sources.js';
import { type ImageView, imageView } from './image.schema.js';
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
    return { items: items.map(([, state]) => imageView(state)), nextCursor };
  }
}

export class GetImage extends Query<ImageView> {
  constructor(readonly id: string) {
    super();
  }
}

@QueryHandler(GetImage)
export class GetImageHandler implements IQueryHandler<GetImage> {
  constructor(@Inject(EVENT_LOG) private readonly log: EventLog) {}

  async execute({ id }: GetImage): Promise<ImageView> {
    if (!isId('img', id)) throw notFound('image');
    const { state } = await this.log.readState(null, id, imageDecider);
    if (state.registered === null) throw notFound('image');
    return imageView(state);
  }
}
