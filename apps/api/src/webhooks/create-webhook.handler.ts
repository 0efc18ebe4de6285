import {
  type Clock,
  fold,
  prefixedId,
  type TenantId,
  tenantDecider,
  type UuidSource,
  type WebhookEvent,
  webhookDecider,
} from '@bulkhead/domain';
import { CONTENT_PARTS, type EventLog, type Guard } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { entityTag } from '../http/entity-tag.js';
import {
  type Answer,
  answerOnce,
  type Created,
  givenBefore,
  type IdempotentRequest,
  rememberedAnswer,
} from '../idempotency/idempotency.js';
import { RequestProblem } from '../problems/problem.js';
import { rejected, tenantSuspended } from '../problems/problems.js';
import { quotaExceeded } from '../problems/quota-problems.js';
import { CLOCK, EVENT_LOG, NEW_UUID, RANDOM_BYTES, type RandomBytes } from '../sources.js';
import type { WebhookBody, WebhookWithSecret } from './webhook.schema.js';
import { sealUrl } from './webhook-parts.js';
import { WEBHOOK_SECRETS, type WebhookSecrets } from './webhook-secrets.js';
import { WEBHOOK_VIEWS, type WebhookViews } from './webhook-view.js';

/** Webhooks of one tenant that have not been deleted. */
export const WEBHOOKS_MAX = 20;

export class CreateWebhook extends Command<Answer<WebhookWithSecret>> {
  constructor(
    readonly caller: TenantCaller,
    readonly webhook: WebhookBody,
    readonly idempotency: IdempotentRequest | null,
  ) {
    super();
  }
}

@CommandHandler(CreateWebhook)
export class CreateWebhookHandler implements ICommandHandler<CreateWebhook> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NEW_UUID) private readonly newUuid: UuidSource,
    @Inject(RANDOM_BYTES) private readonly randomBytes: RandomBytes,
    @Inject(WEBHOOK_SECRETS) private readonly secrets: WebhookSecrets,
    @Inject(WEBHOOK_VIEWS) private readonly views: WebhookViews,
  ) {}

  async execute(command: CreateWebhook): Promise<Answer<WebhookWithSecret>> {
    const answer = await answerOnce(this.log, command.idempotency, () => this.create(command));
    // The secret was shown once, so there is no first answer to give again.
    if (answer.replayed) throw alreadyCreated(answer.body.id);
    return answer;
  }

  private async create(command: CreateWebhook): Promise<Created<WebhookWithSecret>> {
    const { caller, webhook, idempotency } = command;
    const { tenantId } = caller;
    await givenBefore(this.log, idempotency);
    const webhookId = prefixedId('whk', this.newUuid());
    const { messageTypes } = webhook;
    const where = new URL(webhook.url).href;
    const url = sealUrl(where, this.randomBytes);
    const guard = await this.activeTenant(tenantId);
    const { secretId, secret, kept } = await this.secrets.draw(tenantId, webhookId, WEBHOOKS_MAX);
    if (kept.refused) throw tooMany(kept.webhooks);
    const nowMs = this.clock();
    const executed = await executeFor(caller, {
      log: this.log,
      isNew: true,
      attemptsMax: 1,
      owner: tenantId,
      stream: webhookId,
      decider: webhookDecider,
      command: {
        kind: 'create-webhook',
        ...{ webhookId, messageTypes, secretId, contentSha256: url.sha256, nowMs },
      },
      alongside: () => ({
        guards: [guard],
        contents: url.rowsAt(tenantId, webhookId, CONTENT_PARTS.webhook.url),
        ...rememberedAnswer(idempotency, 201, { id: webhookId }),
      }),
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    const state = fold(webhookDecider, executed.events as readonly WebhookEvent[]);
    const body = { ...this.views.of(state, where), secret };
    const headers = { etag: entityTag(state.revision) };
    return { status: 201, body, headers, appended: executed.appended };
  }

  private async activeTenant(tenantId: TenantId): Promise<Guard> {
    const { state, version } = await this.log.readState(tenantId, tenantId, tenantDecider);
    if (state.suspension !== null) throw tenantSuspended();
    return { stream: tenantId, version };
  }
}

function alreadyCreated(webhookId: string): RequestProblem {
  return new RequestProblem({
    status: 409,
    code: 'WEBHOOK_ALREADY_CREATED',
    title: 'The webhook was created already',
    detail: 'Its secret was shown once. Rotate it for another one.',
    extensions: { webhookId },
  });
}

function tooMany(webhooks: number): RequestProblem {
  const beyond = { quota: 'webhooks', limit: WEBHOOKS_MAX, use: webhooks, asked: 1 };
  return quotaExceeded(beyond, 'Delete one first.');
}
