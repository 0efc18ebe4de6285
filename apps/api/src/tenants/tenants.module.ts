import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { ChangeTenantHandler } from './change-tenant.handler.js';
import { GetOwnTenantHandler } from './get-own-tenant.handler.js';
import { OwnTenantController } from './own-tenant.controller.js';
import { GetTenantHandler, ListTenantsHandler } from './read-tenants.handlers.js';
import { RegisterTenantHandler } from './register-tenant.handler.js';
import { TenantsController } from './tenants.controller.js';

@Module({
  imports: [CqrsModule],
  controllers: [TenantsController, OwnTenantController],
  providers: [
    RegisterTenantHandler,
    ChangeTenantHandler,
    GetTenantHandler,
    GetOwnTenantHandler,
    ListTenantsHandler,
  ],
})
export class TenantsModule {}
