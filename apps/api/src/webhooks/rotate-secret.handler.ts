import { type Clock, type WebhookState, webhookDecider } from '@bulkhead/domain';
import { type EventLog, UNUSED_SECRETS_MAX, VersionConflict } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { type ExpectedTag, refuseUnlessSeen, type Tagged } from '../http/entity-tag.js';
import { RequestProblem } from '../problems/problem.js';
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

/** Asked again a moment later it draws another one: each of them signs, and those before them for the overlap. */
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
    const overlapMs = rotation.overlapSeconds * 1_000;
    const rotate = (secretId: string) =>
      ({ kind: 'rotate-webhook-secret', secretId, overlapMs, nowMs: this.clock() }) as const;
    // For what would be refused as things are, no secret is kept.
    const foreseen = webhookDecider.decide(rotate(''), before);
    if (!foreseen.accepted) throw rejected(foreseen.rejection);
    const { secretId, secret, kept } = await this.secrets.draw(tenantId, webhookId, null);
    if (kept.refused) throw tooManyUnused();
    const executed = await executeFor(caller, {
      log: this.log,
      owner: tenantId,
      stream: webhookId,
      decider: webhookDecider,
      command: (state: WebhookState) => {
        if (!state.isDeleted) refuseUnlessSeen(expected, state.revision);
        return rotate(secretId);
      },
    }).catch(async (error: unknown) => {
      // Then nothing was appended; after any other error the event may have been recorded all the same.
      const isCertain = error instanceof VersionConflict || error instanceof RequestProblem;
      if (isCertain) await this.secrets.discard(tenantId, secretId);
      throw error;
    });
    if (!executed.accepted) {
      await this.secrets.discard(tenantId, secretId);
      throw rejected(executed.rejection);
    }
    const { state } = executed;
    const url = await readUrl(this.log, tenantId, webhookId, state);
    const view = { ...this.views.of(state, url), secret };
    return { revision: state.revision, view };
  }
}

function tooManyUnused(): RequestProblem {
  return new RequestProblem({
    status: 409,
    code: 'WEBHOOK_SECRETS_UNUSED',
    title: 'Too many secrets of the webhook are not in use yet',
    detail: `${UNUSED_SECRETS_MAX} were drawn that no message is signed with yet: as many rotations are under way, or messages are delayed. Nothing was changed. Try again later.`,
  });
}
