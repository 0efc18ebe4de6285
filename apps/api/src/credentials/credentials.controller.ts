import { Body, Controller, Delete, Get, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { ApiRoute } from '../http/api-route.js';
import { sendAnswer } from '../http/send-answer.js';
import { Idempotency, type IdempotencyOf } from '../idempotency/idempotent.js';
import { type PageRequest, pageOf, pageQuery } from '../paging/page.js';
import { CredentialIssue, CredentialSchema, IssuedCredentialSchema } from './credential.schema.js';
import { IssueTenantCredential } from './issue-tenant-credential.handler.js';
import { ListCredentials } from './list-credentials.handler.js';
import { RevokeCredential } from './revoke-credential.handler.js';

const PageQuery = z.strictObject(pageQuery);

@ApiTags('credentials')
@Controller('v1/tenants/:id/credentials')
export class CredentialsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @ApiRoute({
    summary: 'Issue a credential for a tenant',
    description:
      'The secret is shown once. A repetition with the same Idempotency-Key is answered with 409.',
    scopes: ['platform:admin'],
    status: 201,
    answers: IssuedCredentialSchema,
    answerDescription: 'Issued.',
    problems: [400, 404, 409, 413, 415, 422],
    creates: true,
  })
  async issueCredential(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: CredentialIssue.optional() }) _body: unknown,
    @Idempotency() idempotency: IdempotencyOf,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const command = new IssueTenantCredential(caller, id, idempotency({}));
    const answer = await this.commands.execute(command);
    return sendAnswer(reply, answer, (body) => `/v1/tenants/${id}/credentials/${body.id}`);
  }

  @Get()
  @ApiRoute({
    summary: 'List the credentials of a tenant, newest first',
    scopes: ['platform:admin'],
    status: 200,
    answers: pageOf(CredentialSchema, 'CredentialPage'),
    answerDescription: 'A page, without secrets. Lists may trail what was just answered.',
    problems: [400, 404],
    shows: ['credentials'],
  })
  listCredentials(@Param('id') id: string, @Query({ schema: PageQuery }) page: PageRequest) {
    return this.queries.execute(new ListCredentials(id, page));
  }

  @Delete(':credential')
  @ApiRoute({
    summary: 'Revoke a credential',
    description: 'Its tokens stop working within 5 seconds. May be repeated.',
    scopes: ['platform:admin'],
    status: 204,
    answerDescription: 'Revoked.',
    problems: [404, 409],
    isCommand: true,
  })
  revokeCredential(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Param('credential') credential: string,
  ) {
    return this.commands.execute(new RevokeCredential(caller, id, credential));
  }
}
