import { Body, Controller, Delete, Get, Param, Patch, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { CurrentTenant, type TenantCaller } from '../auth/caller.js';
import { ApiRoute } from '../http/api-route.js';
import { type ExpectedTag, IfMatch, sendTagged } from '../http/entity-tag.js';
import { sendAnswer } from '../http/send-answer.js';
import { Idempotency, type IdempotencyOf } from '../idempotency/idempotent.js';
import { type PageRequest, pageOf, pageQuery } from '../paging/page.js';
import { ActOnWebhook } from './act-on-webhook.handler.js';
import { ChangeWebhook } from './change-webhook.handler.js';
import { CreateWebhook } from './create-webhook.handler.js';
import { GetWebhook, ListWebhooks } from './read-webhooks.handlers.js';
import {
  type WebhookBody,
  WebhookChange,
  type WebhookChangeBody,
  WebhookSchema,
  WebhookSubmission,
  WebhookWithSecretSchema,
} from './webhook.schema.js';

const PageQuery = z.strictObject(pageQuery);

@ApiTags('webhooks')
@Controller('v1/webhooks')
export class WebhooksController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @ApiRoute({
    summary: 'Create a webhook that is told when workloads and batches end',
    description:
      'Messages are signed as Standard Webhooks say (webhook-id, webhook-timestamp, webhook-signature) and sent at least once, in no particular order: the webhook-id of a repetition is the same. An answer of 2xx within 10 seconds accepts one; otherwise it is tried ten times within about 28 hours. The secret is shown once; a repetition with the same Idempotency-Key is answered with 409.',
    scopes: ['workloads:write'],
    status: 201,
    answers: WebhookWithSecretSchema,
    answerDescription: 'It is told of what ends from here on.',
    problems: [400, 409, 413, 415, 422],
    creates: true,
    isTagged: true,
  })
  async createWebhook(
    @CurrentTenant() caller: TenantCaller,
    @Body({ schema: WebhookSubmission }) webhook: WebhookBody,
    @Idempotency() idempotency: IdempotencyOf,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const create = new CreateWebhook(caller, webhook, idempotency(webhook));
    return sendAnswer(reply, await this.commands.execute(create), ({ id }) => `/v1/webhooks/${id}`);
  }

  @Get()
  @ApiRoute({
    summary: 'List own webhooks, newest first',
    scopes: ['workloads:read'],
    status: 200,
    answers: pageOf(WebhookSchema, 'WebhookPage'),
    answerDescription: 'A page, without secrets. Lists may trail what was just answered.',
    problems: [400],
    shows: ['webhooks'],
  })
  listWebhooks(
    @CurrentTenant() caller: TenantCaller,
    @Query({ schema: PageQuery }) page: PageRequest,
  ) {
    return this.queries.execute(new ListWebhooks(caller, page));
  }

  @Get(':id')
  @ApiRoute({
    summary: 'Read a webhook',
    scopes: ['workloads:read'],
    status: 200,
    answers: WebhookSchema,
    answerDescription: 'The webhook as the log has it now, without its secret.',
    problems: [404],
    isTagged: true,
  })
  async getWebhook(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    return sendTagged(reply, await this.queries.execute(new GetWebhook(caller, id)));
  }

  @Patch(':id')
  @ApiRoute({
    summary: 'Change a webhook',
    description: 'What is left out stays. Messages that wait go to the new URL.',
    scopes: ['workloads:write'],
    status: 200,
    answers: WebhookSchema,
    answerDescription: 'The webhook as it is from now on.',
    problems: [400, 404, 409, 413, 415],
    isCommand: true,
    isTagged: true,
  })
  async changeWebhook(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @Body({ schema: WebhookChange }) change: WebhookChangeBody,
    @IfMatch() expected: ExpectedTag,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const changed = await this.commands.execute(new ChangeWebhook(caller, id, change, expected));
    return sendTagged(reply, changed);
  }

  @Delete(':id')
  @ApiRoute({
    summary: 'Delete a webhook',
    description: 'Nothing is sent any more, also of what waits. May be repeated.',
    scopes: ['workloads:write'],
    status: 204,
    answerDescription: 'It is deleted, with its secrets and the list of its deliveries.',
    problems: [404, 409, 412],
    isCommand: true,
    takesIfMatch: true,
  })
  async deleteWebhook(
    @CurrentTenant() caller: TenantCaller,
    @Param('id') id: string,
    @IfMatch() expected: ExpectedTag,
  ): Promise<void> {
    await this.commands.execute(new ActOnWebhook(caller, id, 'delete-webhook', expected));
  }
}
