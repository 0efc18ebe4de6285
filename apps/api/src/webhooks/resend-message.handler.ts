import { type Clock, type WebhookState, webhookDecider } from '@bulkhead/domain';
import { type EventLog, readOutcome } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type pg from 'pg';
import type { TenantCaller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { RequestProblem } from '../problems/problem.js';
import { notFound, rejected } from '../problems/problems.js';
import { API_POOL, CLOCK, EVENT_LOG } from '../sources.js';
import { readWebhook } from './webhook-parts.js';

const MESSAGE_ID = /^msg_[0-9a-f]{32}$/;

export class ResendMessage extends Command<void> {
  constructor(
    readonly caller: TenantCaller,
    readonly id: string,
    readonly messageId: string,
  ) {
    super();
  }
}

/**
 * One that waits already is left as it is, so that asking twice sends nothing more. While the webhook is
 * disabled it is refused even so: what waits then is about to be dropped, whatever its row still says.
 */
@CommandHandler(ResendMessage)
export class ResendMessageHandler implements ICommandHandler<ResendMessage> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(API_POOL) private readonly pool: pg.Pool,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ caller, id, messageId }: ResendMessage): Promise<void> {
    const { tenantId } = caller;
    const { webhookId, state } = await readWebhook(this.log, tenantId, id);
    if (!MESSAGE_ID.test(messageId)) throw notFound('message');
    const outcome = await readOutcome(this.pool, tenantId, webhookId, messageId);
    if (outcome === null) throw notFound('message');
    if (outcome === 'left-out') throw leftOut();
    if (outcome === 'waiting' && state.disabled === null) return;
    const executed = await executeFor(caller, {
      log: this.log,
      owner: tenantId,
      stream: webhookId,
      decider: webhookDecider,
      command: (_: WebhookState) =>
        ({ kind: 'request-webhook-resend', messageId, nowMs: this.clock() }) as const,
    });
    if (!executed.accepted) throw rejected(executed.rejection);
  }
}

function leftOut(): RequestProblem {
  return new RequestProblem({
    status: 409,
    code: 'MESSAGE_LEFT_OUT',
    title: 'The message was never made',
    detail: 'Too many waited, so only its row was kept. Read what has ended by its id instead.',
  });
}
