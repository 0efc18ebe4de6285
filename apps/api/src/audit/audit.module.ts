import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import type pg from 'pg';
import type { Settings } from '../settings.js';
import { SETTINGS } from '../sources.js';
import { safePool } from '../stores.module.js';
import { AuditController } from './audit.controller.js';
import { AUDIT_POOL } from './audit-pool.js';
import { GetAuditWorkloadHandler } from './get-audit-workload.handler.js';
import { ListAuditEventsHandler } from './list-audit-events.handler.js';

@Module({
  imports: [CqrsModule],
  controllers: [AuditController],
  providers: [
    ListAuditEventsHandler,
    GetAuditWorkloadHandler,
    {
      provide: AUDIT_POOL,
      useFactory: (settings: Settings) =>
        safePool('AUDIT_DATABASE_URL', settings.auditDatabaseUrl, 'bulkhead-audit'),
      inject: [SETTINGS],
    },
  ],
})
export class AuditModule implements OnApplicationShutdown {
  constructor(@Inject(AUDIT_POOL) private readonly pool: pg.Pool) {}

  async onApplicationShutdown(): Promise<void> {
    await this.pool.end();
  }
}
