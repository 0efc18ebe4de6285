import { type Clock, isId, type WebhookState, webhookDecider } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { type ExpectedTag, refuseUnlessSeen, type Tagged } from '../http/entity-tag.js';
import { notFound, rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG, RANDOM_BYTES, type RandomBytes } from '../sources.js';
import type { WebhookChangeBody, WebhookView } from './webhook.schema.js';
import { readUrl, sealUrl } from './webhook-parts.js';
import { WEBHOOK_VIEWS, type WebhookViews } from './webhook-view.js';

export class ChangeWebhook extends Command<Tagged<WebhookView>> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
    readonly change: WebhookChangeBody,
    readonly expected: ExpectedTag,
  ) {
    super();
  }
}

@CommandHandler(ChangeWebhook)
export class ChangeWebhookHandler implements ICommandHandler<ChangeWebhook> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(RANDOM_BYTES) private readonly randomBytes: RandomBytes,
    @Inject(WEBHOOK_VIEWS) private readonly views: WebhookViews,
  ) {}

  async execute({ caller, id, change, expected }: ChangeWebhook): Promise<Tagged<WebhookView>> {
    const { tenantId } = caller;
    if (!isId('whk', id)) throw notFound('webhook');
    const url =
      change.url === undefined ? null : sealUrl(new URL(change.url).href, this.randomBytes);
    const executed = await executeFor(caller, {
      log: this.log,
      owner: tenantId,
      stream: id,
      decider: webhookDecider,
      command: (state: WebhookState) => {
        if (state.webhookId !== null && !state.isDeleted) {
          refuseUnlessSeen(expected, state.revision);
        }
        const messageTypes = change.messageTypes ?? null;
        const contentSha256 = url?.sha256 ?? null;
        return {
          kind: 'change-webhook',
          ...{ messageTypes, contentSha256, nowMs: this.clock() },
        } as const;
      },
      // The part that the event names: the one after the part that the state had.
      alongside: (_, { contentPart }) => ({
        contents: url?.rowsAt(tenantId, id, contentPart + 1) ?? [],
      }),
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    const { state } = executed;
    const shown = await readUrl(this.log, tenantId, id, state);
    return { revision: state.revision, view: this.views.of(state, shown) };
  }
}
