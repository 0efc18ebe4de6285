import { setImmediate } from 'node:timers/promises';
import { PostgresLog, StoredTree } from '@bulkhead/event-store';
import { Inject, Module, type OnApplicationShutdown } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import type pg from 'pg';
import { v7 } from 'uuid';
import type { Settings } from '../settings.js';
import { NEXT_TURN, SETTINGS, type Timers } from '../sources.js';
import { safePool } from '../stores.module.js';
import { AuditController } from './audit.controller.js';
import { AUDIT_LOG, AUDIT_POOL } from './audit-pool.js';
import { GetAuditDecisionsHandler } from './decisions/get-audit-decisions.handler.js';
import { ExplainPlacementHandler } from './fleet/explain-placement.handler.js';
import { FleetFold } from './fleet/fleet-fold.js';
import { GetAuditWorkloadHandler } from './get-audit-workload.handler.js';
import { ListAuditEventsHandler } from './list-audit-events.handler.js';
import { AuditLogController } from './log/audit-log.controller.js';
import { ListLogEntriesHandler } from './log/list-log-entries.handler.js';
import { LogVerification } from './log/log-verification.js';
import { ProveConsistencyHandler } from './log/prove-consistency.handler.js';
import { ProveInclusionHandler } from './log/prove-inclusion.handler.js';
import { ReadTilesHandler } from './log/read-tiles.handler.js';
import { ReadTreeHeadHandler } from './log/read-tree-head.handler.js';
import { SignedTree } from './log/signed-tree.js';
import { TreeController } from './log/tree.controller.js';
import { VerifierKeys } from './log/verifier-keys.js';
import { GetAuditTemplateHandler } from './templates/get-audit-template.handler.js';
import { ListHostTemplatesHandler } from './templates/list-host-templates.handler.js';
import { TemplatesController } from './templates/templates.controller.js';

/** None of these keeps a process from ending. */
const timers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timer);
  },
};

@Module({
  imports: [CqrsModule],
  controllers: [AuditController, TemplatesController, TreeController, AuditLogController],
  providers: [
    ListAuditEventsHandler,
    GetAuditWorkloadHandler,
    GetAuditDecisionsHandler,
    ExplainPlacementHandler,
    ListHostTemplatesHandler,
    GetAuditTemplateHandler,
    ReadTreeHeadHandler,
    ProveInclusionHandler,
    ProveConsistencyHandler,
    ListLogEntriesHandler,
    ReadTilesHandler,
    LogVerification,
    { provide: NEXT_TURN, useValue: () => setImmediate() },
    {
      provide: FleetFold,
      useFactory: (log: PostgresLog) => new FleetFold(log, timers),
      inject: [AUDIT_LOG],
    },
    {
      provide: AUDIT_LOG,
      useFactory: (pool: pg.Pool) => new PostgresLog({ pool, newEventId: v7 }),
      inject: [AUDIT_POOL],
    },
    {
      provide: SignedTree,
      useFactory: (pool: pg.Pool) => new SignedTree(new StoredTree(pool)),
      inject: [AUDIT_POOL],
    },
    {
      provide: VerifierKeys,
      useFactory: (settings: Settings) => new VerifierKeys(settings.treeHeadVerifierKeysFile),
      inject: [SETTINGS],
    },
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
