import { Body, Controller, Get, Param, Post, Put, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { z } from 'zod';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { ApiRoute } from '../http/api-route.js';
import { sendAnswer } from '../http/send-answer.js';
import { Idempotency, type IdempotencyOf } from '../idempotency/idempotent.js';
import { pageOf } from '../paging/page.js';
import { ChangeTenant } from './change-tenant.handler.js';
import { GetTenant, ListTenants, TenantListQuery } from './read-tenants.handlers.js';
import { RegisterTenant } from './register-tenant.handler.js';
import {
  BoundaryChange,
  type BoundaryChangeBody,
  QuotaChange,
  type QuotaChangeBody,
  Reinstatement,
  type ReinstatementBody,
  Suspension,
  type SuspensionBody,
  TenantRegistration,
  type TenantRegistrationBody,
  TenantSchema,
  TrustChange,
  type TrustChangeBody,
} from './tenant.schema.js';

const CHANGE_PROBLEMS = [400, 404, 409, 413, 415, 422];

@ApiTags('tenants')
@Controller('v1/tenants')
export class TenantsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @ApiRoute({
    summary: 'Register a tenant',
    description: 'Without a trust level it is hostile. Only a trusted tenant can join a boundary.',
    scopes: ['platform:admin'],
    status: 201,
    answers: TenantSchema,
    answerDescription: 'Registered.',
    problems: [400, 409, 413, 415, 422],
    creates: true,
  })
  async registerTenant(
    @CurrentCaller() caller: Caller,
    @Body({ schema: TenantRegistration }) registration: TenantRegistrationBody,
    @Idempotency() idempotency: IdempotencyOf,
    @Res({ passthrough: true }) reply: FastifyReply,
  ) {
    const command = new RegisterTenant(caller, registration, idempotency(registration));
    const answer = await this.commands.execute(command);
    return sendAnswer(reply, answer, ({ id }) => `/v1/tenants/${id}`);
  }

  @Get()
  @ApiRoute({
    summary: 'List tenants, newest first',
    scopes: ['platform:admin'],
    status: 200,
    answers: pageOf(TenantSchema, 'TenantPage'),
    answerDescription: 'A page. Lists may trail what was just answered.',
    problems: [400],
    shows: ['tenants'],
  })
  listTenants(@Query({ schema: TenantListQuery }) request: z.infer<typeof TenantListQuery>) {
    return this.queries.execute(new ListTenants(request));
  }

  @Get(':id')
  @ApiRoute({
    summary: 'Read a tenant',
    scopes: ['platform:admin'],
    status: 200,
    answers: TenantSchema,
    answerDescription: 'The tenant as the log has it now.',
    problems: [404],
  })
  getTenant(@Param('id') id: string) {
    return this.queries.execute(new GetTenant(id));
  }

  @Post(':id/trust')
  @ApiRoute({
    summary: 'Change how much a tenant is trusted',
    description:
      'Stops starts at once. What runs on a shared kernel and no longer may is evicted. A tenant that is no longer trusted leaves its named boundary.',
    scopes: ['platform:admin'],
    status: 200,
    answers: TenantSchema,
    answerDescription: 'In force.',
    problems: CHANGE_PROBLEMS,
    isCommand: true,
  })
  changeTrust(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: TrustChange }) { trust, reason }: TrustChangeBody,
  ) {
    return this.commands.execute(
      new ChangeTenant(caller, id, { kind: 'change-trust', trust, reason }),
    );
  }

  @Post(':id/boundary')
  @ApiRoute({
    summary: 'Change which boundary a tenant is in',
    description: 'Stops starts at once. What runs on the kernels of the old boundary is evicted.',
    scopes: ['platform:admin'],
    status: 200,
    answers: TenantSchema,
    answerDescription: 'In force.',
    problems: CHANGE_PROBLEMS,
    isCommand: true,
  })
  changeBoundary(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: BoundaryChange }) { boundary, reason }: BoundaryChangeBody,
  ) {
    const change = { kind: 'change-boundary', boundaryGroup: boundary, reason } as const;
    return this.commands.execute(new ChangeTenant(caller, id, change));
  }

  @Post(':id/suspend')
  @ApiRoute({
    summary: 'Suspend a tenant',
    description:
      'Its submissions are refused, its starts stop at once, and what waits goes on waiting. What runs goes on, or is evicted with `evict`; what was evicted waits too. May be repeated, also to evict later; else the first reason stays.',
    scopes: ['platform:admin'],
    status: 200,
    answers: TenantSchema,
    answerDescription: 'In force.',
    problems: CHANGE_PROBLEMS,
    isCommand: true,
  })
  suspend(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: Suspension }) { evict, reason }: SuspensionBody,
  ) {
    return this.commands.execute(new ChangeTenant(caller, id, { kind: 'suspend', evict, reason }));
  }

  @Post(':id/reinstate')
  @ApiRoute({
    summary: 'End the suspension of a tenant',
    description:
      'It may submit again, and what waits is placed. May be repeated: the first reason stays.',
    scopes: ['platform:admin'],
    status: 200,
    answers: TenantSchema,
    answerDescription: 'In force.',
    problems: CHANGE_PROBLEMS,
    isCommand: true,
  })
  reinstate(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: Reinstatement }) { reason }: ReinstatementBody,
  ) {
    return this.commands.execute(new ChangeTenant(caller, id, { kind: 'reinstate', reason }));
  }

  @Put(':id/quota')
  @ApiRoute({
    summary: 'Change how much a tenant may hold',
    description:
      'What would be held beyond it waits. What is held already goes on, also where the new quota is lower. A workload or batch that could never fit is refused when it is submitted, and so is one beyond what may wait (422) or be submitted in a minute (429).',
    scopes: ['platform:admin'],
    status: 200,
    answers: TenantSchema,
    answerDescription: 'In force.',
    problems: CHANGE_PROBLEMS,
    isCommand: true,
  })
  changeQuota(
    @CurrentCaller() caller: Caller,
    @Param('id') id: string,
    @Body({ schema: QuotaChange }) { reason, ...quota }: QuotaChangeBody,
  ) {
    return this.commands.execute(
      new ChangeTenant(caller, id, { kind: 'change-quota', quota, reason }),
    );
  }
}
