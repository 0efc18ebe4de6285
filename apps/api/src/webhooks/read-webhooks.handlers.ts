import { type EventLog, listDeliveries, listWebhooks } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type pg from 'pg';
import type { TenantCaller } from '../auth/caller.js';
import type { Tagged } from '../http/entity-tag.js';
import { Cursors } from '../paging/cursors.js';
import { type Page, type PageRequest, readPage } from '../paging/page.js';
import { API_POOL, EVENT_LOG } from '../sources.js';
import type { DeliveryListRequest, DeliveryView } from './delivery.schema.js';
import type { WebhookView } from './webhook.schema.js';
import { readUrl, readUrls, readWebhook } from './webhook-parts.js';
import { deliveryView, WEBHOOK_VIEWS, type WebhookViews } from './webhook-view.js';

export class GetWebhook extends Query<Tagged<WebhookView>> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
  ) {
    super();
  }
}

@QueryHandler(GetWebhook)
export class GetWebhookHandler implements IQueryHandler<GetWebhook> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(WEBHOOK_VIEWS) private readonly views: WebhookViews,
  ) {}

  async execute({ caller, id }: GetWebhook): Promise<Tagged<WebhookView>> {
    const { webhookId, state } = await readWebhook(this.log, caller.tenantId, id);
    const url = await readUrl(this.log, caller.tenantId, webhookId, state);
    return { revision: state.revision, view: this.views.of(state, url) };
  }
}

export class ListWebhooks extends Query<Page<WebhookView>> {
  constructor(
    readonly caller: TenantCaller,
    readonly page: PageRequest,
  ) {
    super();
  }
}

@QueryHandler(ListWebhooks)
export class ListWebhooksHandler implements IQueryHandler<ListWebhooks> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(API_POOL) private readonly pool: pg.Pool,
    @Inject(WEBHOOK_VIEWS) private readonly views: WebhookViews,
    private readonly cursors: Cursors,
  ) {}

  async execute({ caller, page }: ListWebhooks): Promise<Page<WebhookView>> {
    const { tenantId } = caller;
    const { items, nextCursor } = await readPage(
      this.cursors,
      { list: 'webhooks', scope: tenantId, filters: {} },
      page,
      (after, limit) => listWebhooks(this.pool, tenantId, { after, limit }),
      ({ webhookId }) => webhookId,
    );
    const urls = await readUrls(this.log, tenantId, items);
    return {
      items: items.map(({ state }, at) => this.views.of(state, urls[at] ?? null)),
      nextCursor,
    };
  }
}

export class ListDeliveries extends Query<Page<DeliveryView>> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
    readonly request: DeliveryListRequest,
  ) {
    super();
  }
}

@QueryHandler(ListDeliveries)
export class ListDeliveriesHandler implements IQueryHandler<ListDeliveries> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(API_POOL) private readonly pool: pg.Pool,
    private readonly cursors: Cursors,
  ) {}

  async execute({ caller, id, request }: ListDeliveries): Promise<Page<DeliveryView>> {
    const { tenantId } = caller;
    const { limit: most, cursor, ...filters } = request;
    const outcome = filters.outcome ?? null;
    const { webhookId } = await readWebhook(this.log, tenantId, id);
    const { items, nextCursor } = await readPage(
      this.cursors,
      { list: `webhooks/${webhookId}/deliveries`, scope: tenantId, filters },
      { limit: most, cursor },
      (after, limit) => listDeliveries(this.pool, tenantId, webhookId, { after, limit, outcome }),
      ({ position }) => position,
    );
    return { items: items.map(deliveryView), nextCursor };
  }
}
