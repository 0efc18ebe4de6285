import { type Clock, isId, type WebhookState, webhookDecider } from '@bulkhead/domain';
import { type EventLog, messageIdOf } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { type ExpectedTag, refuseUnlessSeen } from '../http/entity-tag.js';
import { RequestProblem } from '../problems/problem.js';
import { notFound, rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG } from '../sources.js';
import { readUrl, readWebhook } from './webhook-parts.js';

/** What is said of a webhook without saying more of it. */
export type WebhookAct =
  | 'disable-own-webhook'
  | 'enable-webhook'
  | 'delete-webhook'
  | 'request-webhook-test';

export interface ActedOn {
  readonly state: WebhookState;
  /** The message that the act's event is told by, where it is a test. */
  readonly messageId: string;
}

export class ActOnWebhook extends Command<ActedOn> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
    readonly act: WebhookAct,
    readonly expected: ExpectedTag,
  ) {
    super();
  }
}

/** Repeating it changes nothing, a test aside. */
@CommandHandler(ActOnWebhook)
export class ActOnWebhookHandler implements ICommandHandler<ActOnWebhook> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ caller, id, act, expected }: ActOnWebhook): Promise<ActedOn> {
    if (!isId('whk', id)) throw notFound('webhook');
    if (act === 'enable-webhook') await this.refuseWithoutUrl(caller, id);
    const executed = await executeFor(caller, {
      log: this.log,
      owner: caller.tenantId,
      stream: id,
      decider: webhookDecider,
      command: (state: WebhookState) => {
        if (state.webhookId === null) throw notFound('webhook');
        if (!state.isDeleted) refuseUnlessSeen(expected, state.revision);
        return { kind: act, nowMs: this.clock() };
      },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    return { state: executed.state, messageId: messageIdOf(id, id, executed.version) };
  }

  /** It would be disabled again with the first message. */
  private async refuseWithoutUrl({ tenantId }: TenantCaller, id: string): Promise<void> {
    const { webhookId, state } = await readWebhook(this.log, tenantId, id);
    if (state.disabled === null) return;
    if ((await readUrl(this.log, tenantId, webhookId, state)) !== null) return;
    throw new RequestProblem({
      status: 409,
      code: 'WEBHOOK_CONTENT_ERASED',
      title: 'The URL of the webhook was erased',
      detail:
        'Nothing can be sent to it. Give it another URL, rotate its secret, which was erased as well, and enable it then.',
    });
  }
}
