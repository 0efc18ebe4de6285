import { Body, Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { ApiRoute } from '../http/api-route.js';
import { sendAnswer } from '../http/send-answer.js';
import { Idempotency, type IdempotencyOf } from '../idempotency/idempotent.js';
import { type PageRequest, pageOf, pageQuery } from '../paging/page.js';
import {
  AdvisoryPublication,
  type AdvisoryPublicationBody,
  AdvisorySchema,
  AdvisoryWithdrawal,
  type AdvisoryWithdrawalBody,
} from './advisory.schema.js';
import { PublishAdvisory } from './publish-advisory.handler.js';
import { GetAdvisory, ListAdvisories } from './read-advisories.handlers.js';
import { WithdrawAdvisory } from './withdraw-advisory.handler.js';

const PageQuery = z.strictObject(pageQuery);

@ApiTags('advisories')
@Controller('v1/advisories')
export class AdvisoriesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @ApiRoute({
    summary: 'Publish an advisory',
    description:
      'Where it breaks the shared kernel, nothing new shares the kernel of an affected host from here on: what needs one there gets a utility VM, a strict request for `process` waits, what was placed and has not started is placed again, and what runs is evicted where policy says so (`advisories.evictRunning`). Where it breaks the hypervisor or the unpacking of images, decisions for affected hosts warn of it, and no wall is lowered.',
    scopes: ['platform:admin'],
    status: 201,
    answers: AdvisorySchema,
    answerDescription: 'In force for every placement and start from here on.',
    problems: [400, 409, 413, 415, 422],
    creates: true,
  })
  async publishAdvisory(
    @CurrentCaller() caller: Caller,
    @Body({ schema: AdvisoryPublication }) publication: AdvisoryPublicationBody,
    @Idempotency() idempotency: IdempotencyOf,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const command = new PublishAdvisory(caller, publication, idempotency(publication));
    const answer = await this.commands.execute(command);
    return sendAnswer(reply, answer, ({ id }) => `/v1/advisories/${id}`);
  }

  @Get()
  @ApiRoute({
    summary: 'List the advisories, newest first',
    scopes: ['platform:admin'],
    otherScopes: ['audit:read'],
    status: 200,
    answers: pageOf(AdvisorySchema, 'AdvisoryPage'),
    answerDescription: 'A page, those that are over or withdrawn included.',
    problems: [400],
    shows: [],
  })
  listAdvisories(@Query({ schema: PageQuery }) page: PageRequest) {
    return this.queries.execute(new ListAdvisories(page));
  }

  @Get(':id')
  @ApiRoute({
    summary: 'Read an advisory',
    scopes: ['platform:admin'],
    otherScopes: ['audit:read'],
    status: 200,
    answers: AdvisorySchema,
    answerDescription: 'The advisory as the log has it now.',
    problems: [404],
  })
  getAdvisory(@Param('id') id: string) {
    return this.queries.execute(new GetAdvisory(id));
  }

  @Post(':id/withdraw')
  @ApiRoute({
    summary: 'Withdraw an advisory',
    description:
      'It was wrong, or concerns nobody any more. What waited for such a kernel is looked at again; what was raised stays raised. May be repeated: the first reason stays.',
    scopes: ['platform:admin'],
    status: 200,
    answers: AdvisorySchema,
    answerDescription: 'Withdrawn.',
    problems: [400, 404, 409, 413, 415],
    isCommand: true,
  })
  withdrawAdvisory(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: AdvisoryWithdrawal }) { reason }: AdvisoryWithdrawalBody,
  ) {
    return this.commands.execute(new WithdrawAdvisory(caller, id, reason));
  }
}
