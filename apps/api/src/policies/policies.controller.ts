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
  PolicyPublication,
  type PolicyPublicationBody,
  PolicySchema,
  RuleListSchema,
} from './policy.schema.js';
import { PublishPolicy } from './publish-policy.handler.js';
import { GetPolicy, ListPolicies, ListRules } from './read-policies.handlers.js';

const PageQuery = z.strictObject(pageQuery);

@ApiTags('policies')
@Controller('v1')
export class PoliciesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post('policies')
  @ApiRoute({
    summary: 'Publish the next policy',
    description:
      'The whole policy. One that would break a promise, or makes no sense, is refused with everything that is wrong with it.',
    scopes: ['platform:admin'],
    status: 201,
    answers: PolicySchema,
    answerDescription: 'In force for every decision from here on.',
    problems: [400, 409, 413, 415, 422],
    creates: true,
  })
  async publishPolicy(
    @CurrentCaller() caller: Caller,
    @Body({ schema: PolicyPublication }) publication: PolicyPublicationBody,
    @Idempotency() idempotency: IdempotencyOf,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const command = new PublishPolicy(caller, publication, idempotency(publication));
    const answer = await this.commands.execute(command);
    return sendAnswer(reply, answer, ({ version }) => `/v1/policies/${version}`);
  }

  @Get('policies')
  @ApiRoute({
    summary: 'List the policies, newest first',
    scopes: ['platform:admin'],
    otherScopes: ['audit:read'],
    status: 200,
    answers: pageOf(PolicySchema, 'PolicyPage'),
    answerDescription: 'A page of versions.',
    problems: [400],
    shows: [],
  })
  listPolicies(@Query({ schema: PageQuery }) page: PageRequest) {
    return this.queries.execute(new ListPolicies(page));
  }

  @Get('policies/current')
  @ApiRoute({
    summary: 'Read the policy in force',
    scopes: ['platform:admin'],
    otherScopes: ['audit:read'],
    status: 200,
    answers: PolicySchema,
    answerDescription: 'The newest version.',
    problems: [404],
  })
  getCurrentPolicy() {
    return this.queries.execute(new GetPolicy(null));
  }

  @Get('policies/:version')
  @ApiRoute({
    summary: 'Read one version of the policy',
    scopes: ['platform:admin'],
    otherScopes: ['audit:read'],
    status: 200,
    answers: PolicySchema,
    answerDescription: 'As it was published.',
    problems: [404],
  })
  getPolicy(@Param('version') version: string) {
    return this.queries.execute(new GetPolicy(version));
  }

  @Get('rules')
  @ApiRoute({
    summary: 'List the isolation rules',
    scopes: ['platform:admin'],
    otherScopes: ['audit:read'],
    status: 200,
    answers: RuleListSchema,
    answerDescription:
      'Every rule with its text, in the order in which reasons are shown, and whether policy has switched it off.',
  })
  listRules() {
    return this.queries.execute(new ListRules());
  }
}
