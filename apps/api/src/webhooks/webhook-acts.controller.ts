import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentTenant, type TenantCaller } from '../auth/caller.js';
import { ApiRoute } from '../http/api-route.js';
import { type ExpectedTag, IfMatch, sendTagged } from '../http/entity-tag.js';
import { pageOf } from '../paging/page.js';
import { ActOnWebhook } from './act-on-webhook.handler.js';
import {
  DeliveryListQuery,
  type DeliveryListRequest,
  DeliverySchema,
  ResendSchema,
  type ResendView,
  TestMessageSchema,
  type TestMessageView,
} from './delivery.schema.js';
import { GetWebhook, ListDeliveries } from './read-webhooks.handlers.js';
import { ResendMessage } from './resend-message.handler.js';
import { RotateSecret } from './rotate-secret.handler.js';
import {
  SecretRotation,
  type SecretRotationBody,
  WebhookAct,
  WebhookSchema,
  WebhookWithSecretSchema,
} from './webhook.schema.js';

/** What is done with a webhook, and what became of its messages. */
@ApiTags('webhooks')
@Controller('v1/webhooks/:id')
export class WebhookActsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post('rotate-secret')
  @ApiRoute({
    summary: 'Draw a new secret for a webhook',
    description:
      'Messages are signed with the new secret and, for the overlap, with those before it as well (three at most), so that a receiver can be changed without losing one. Asked again it draws another one. 409 within a second of the one before, and while ten secrets of the webhook wait to be used because messages are delayed.',
    scopes: ['workloads:write'],
    status: 200,
    answers: WebhookWithSecretSchema,
    answerDescription: 'The new secret, shown this once.',
    problems: [400, 404, 409, 413, 415],
    isCommand: true,
    isTagged: true,
  })
  async rotateSecret(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Body({ schema: SecretRotation.optional() }) body: SecretRotationBody | undefined,
    @IfMatch() expected: ExpectedTag,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const rotation = body ?? SecretRotation.parse({});
    const rotate = new RotateSecret(caller, id, rotation, expected);
    return sendTagged(reply, await this.commands.execute(rotate));
  }

  @Post('disable')
  @ApiRoute({
    summary: 'Have nothing sent to a webhook for now',
    description:
      'What waits is dropped, and what ends until it is enabled again is not told. May be repeated.',
    scopes: ['workloads:write'],
    status: 200,
    answers: WebhookSchema,
    answerDescription: 'Nothing is sent any more but tests.',
    problems: [400, 404, 409, 413, 415],
    isCommand: true,
    isTagged: true,
  })
  disableWebhook(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Body({ schema: WebhookAct.optional() }) _body: unknown,
    @IfMatch() expected: ExpectedTag,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.act(new ActOnWebhook(caller, id, 'disable-own-webhook', expected), reply);
  }

  @Post('enable')
  @ApiRoute({
    summary: 'Have a disabled webhook go on',
    description:
      'What ended meanwhile is not told. May be repeated. 409 where its URL was erased: name another one and rotate its secret first.',
    scopes: ['workloads:write'],
    status: 200,
    answers: WebhookSchema,
    answerDescription: 'It is told of what ends from here on.',
    problems: [400, 404, 409, 413, 415],
    isCommand: true,
    isTagged: true,
  })
  enableWebhook(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Body({ schema: WebhookAct.optional() }) _body: unknown,
    @IfMatch() expected: ExpectedTag,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return this.act(new ActOnWebhook(caller, id, 'enable-webhook', expected), reply);
  }

  @Post('test')
  @ApiRoute({
    summary: 'Send a test message',
    description:
      'It is tried once, also where the webhook is disabled, and says nothing for or against its being disabled. The list of deliveries tells what came of it. 409 within 5 seconds of the one before.',
    scopes: ['workloads:write'],
    status: 202,
    answers: TestMessageSchema,
    answerDescription: 'It will be sent.',
    problems: [400, 404, 409, 413, 415],
    isCommand: true,
  })
  async testWebhook(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Body({ schema: WebhookAct.optional() }) _body: unknown,
  ): Promise<TestMessageView> {
    const test = new ActOnWebhook(caller, id, 'request-webhook-test', null);
    const { messageId } = await this.commands.execute(test);
    return { messageId };
  }

  @Get('deliveries')
  @ApiRoute({
    summary: 'List the messages of a webhook, newest first',
    description: 'Kept for seven days after they were accepted or given up.',
    scopes: ['workloads:read'],
    status: 200,
    answers: pageOf(DeliverySchema, 'WebhookDeliveryPage'),
    answerDescription: 'A page. It may trail what was just answered.',
    problems: [400, 404],
    shows: ['webhooks'],
  })
  listDeliveries(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Query({ schema: DeliveryListQuery }) request: DeliveryListRequest,
  ) {
    return this.queries.execute(new ListDeliveries(caller, id, request));
  }

  @Post('deliveries/:message/resend')
  @ApiRoute({
    summary: 'Send a message again',
    description:
      'One that was accepted, given up or dropped is tried again as a new one is, under the same webhook-id. Asked for one that waits already, nothing more is sent. 409 where the webhook is disabled, where the message was left out, and within a second of another one.',
    scopes: ['workloads:write'],
    status: 202,
    answers: ResendSchema,
    answerDescription: 'It will be sent.',
    problems: [400, 404, 409, 413, 415],
    isCommand: true,
  })
  async resendMessage(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Param('message') messageId: string,
    @Body({ schema: WebhookAct.optional() }) _body: unknown,
  ): Promise<ResendView> {
    await this.commands.execute(new ResendMessage(caller, id, messageId));
    return { messageId };
  }

  private async act(act: ActOnWebhook, reply: FastifyReply) {
    await this.commands.execute(act);
    return sendTagged(reply, await this.queries.execute(new GetWebhook(act.caller, act.id)));
  }
}
