import { Controller, Get } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { CurrentTenant, type TenantCaller } from '../auth/caller.js';
import { ApiRoute } from '../http/api-route.js';
import { GetTenant } from './read-tenants.handlers.js';
import { TenantSchema } from './tenant.schema.js';

@ApiTags('tenants')
@Controller('v1/tenant')
export class OwnTenantController {
  constructor(private readonly queries: QueryBus) {}

  @Get()
  @ApiRoute({
    summary: 'Read own name, trust level, boundary and quota',
    scopes: ['workloads:read'],
    status: 200,
    answers: TenantSchema,
    answerDescription: 'The tenant of the token.',
    problems: [404],
  })
  getOwnTenant(@CurrentTenant() caller: TenantCaller) {
    return this.queries.execute(new GetTenant(caller.tenantId));
  }
}
