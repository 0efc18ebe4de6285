import { type DynamicModule, Global, Module } from '@nestjs/common';
import { AdvisoriesModule } from './advisories/advisories.module.js';
import { AuditModule } from './audit/audit.module.js';
import { AuthModule } from './auth/auth.module.js';
import { BatchesModule } from './batches/batches.module.js';
import { CatalogueModule } from './catalogue/catalogue.module.js';
import { ConsistencyModule } from './consistency/consistency.module.js';
import { ConsumersModule } from './consumers/consumers.module.js';
import { CredentialsModule } from './credentials/credentials.module.js';
import { HealthModule } from './health/health.module.js';
import { HostsModule } from './hosts/hosts.module.js';
import { IncidentsModule } from './incidents/incidents.module.js';
import { PoliciesModule } from './policies/policies.module.js';
import { ProjectionsModule } from './projections/projections.module.js';
import { QueuesModule } from './queues/queues.module.js';
import { SchedulesModule } from './schedules/schedules.module.js';
import type { Settings } from './settings.js';
import { SETTINGS, TIMERS, type Timers } from './sources.js';
import { StoresModule } from './stores.module.js';
import { TenantsModule } from './tenants/tenants.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';
import { WorkloadsModule } from './workloads/workloads.module.js';

const timers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs);
    return () => clearTimeout(timer);
  },
};

@Global()
@Module({})
class SettingsModule {}

@Module({})
export class AppModule {}

/** Everything that serves requests, with these settings. */
export function appModule(settings: Settings): DynamicModule {
  const provider = { provide: SETTINGS, useValue: settings };
  const waiting = { provide: TIMERS, useValue: timers };
  return {
    module: AppModule,
    imports: [
      { module: SettingsModule, providers: [provider, waiting], exports: [provider, waiting] },
      StoresModule,
      AuthModule,
      ConsistencyModule,
      WorkloadsModule,
      BatchesModule,
      SchedulesModule,
      WebhooksModule,
      TenantsModule,
      CredentialsModule,
      HostsModule,
      CatalogueModule,
      AdvisoriesModule,
      IncidentsModule,
      PoliciesModule,
      ConsumersModule,
      ProjectionsModule,
      QueuesModule,
      AuditModule,
      HealthModule,
    ],
  };
}
