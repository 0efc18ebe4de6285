import { type Clock, type WebhookState, webhookDecider } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { type ExpectedTag, refuseUnlessSeen, type Tagged } from '../http/entity-tag.js';
import { rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG } from '../sources.js';
import type { SecretRotationBody, WebhookWithSecret } from './webhook.schema.js';
import { readUrl, readWebhook } from './webhook-parts.js';
import { WEBHOOK_SECRETS, type WebhookSecrets } from './webhook-secrets.js';
import { WEBHOOK_VIEWS, type WebhookViews } from './webhook-view.js';

export class RotateSecret extends Command<Tagged<WebhookWithSecret>> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
    readonly rotation: SecretRotationBody,
    readonly expected: ExpectedTag,
  ) {
    super();
  }
}

/** Asked twice it draws two: each of them signs, and those before them for the overlap. */
@CommandHandler(RotateSecret)
export class RotateSecretHandler implements ICommandHandler<RotateSecret> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(WEBHOOK_SECRETS) private readonly secrets: WebhookSecrets,
    @Inject(WEBHOOK_VIEWS) private readonly views: WebhookViews,
  ) {}

  async execute(command: RotateSecret): Promise<Tagged<WebhookWithSecret>> {
    const { caller, rotation, expected } = command;
    const { tenantId } = caller;
    const { webhookId, state: before } = await readWebhook(this.log, tenantId, command.id);
    refuseUnlessSeen(expected, before.revision);
    const { secretId, secret } = await this.secrets.draw(tenantId, webhookId, null);
    const overlapMs = rotation.overlapSeconds * 1_000;
    const executed = await executeFor(caller, {
      log: this.log,
      owner: tenantId,
      stream: webhookId,
      decider: webhookDecider,
      command: (state: WebhookState) => {
        if (!state.isDeleted) refuseUnlessSeen(expected, state.revision);
        return { kind: 'rotate-webhook-secret', secretId, overlapMs, nowMs: this.clock() } as const;
      },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    const { state } = executed;
    const url = await readUrl(this.log, tenantId, webhookId, state);
    const view = { ...this.views.of(state, url), secret };
    return { revision: state.revision, view };
  }
}
