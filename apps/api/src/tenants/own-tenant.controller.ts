import { Controller, Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { CurrentTenant, type TenantCaller } from '../auth/caller.js';
import { ApiRoute } from '../http/api-route.js';
import { GetOwnTenant } from './get-own-tenant.handler.js';
import { OwnTenantSchema } from './tenant.schema.js';

@ApiTags('tenants')
@Controller('v1/tenant')
export class OwnTenantController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiRoute({
    summary: 'Read own name, trust level, boundary, quota, and what of it is used',
    scopes: ['workloads:read'],
    status: 200,
    answers: OwnTenantSchema,
    answerDescription: 'The tenant of the token.',
    problems: [404],
    shows: ['workloads'],
  })
  getOwnTenant(@CurrentTenant() caller: TenantCaller) {
    return this.queries.execute(new GetOwnTenant(caller.tenantId));
  }
}
