import { admitSubmission, type EventLog, OpenWork, readOpenWork } from '@bulkhead/event-store';
import { Module } from '@nestjs/common';
import type pg from 'pg';
import type { Settings } from '../settings.js';
import { API_POOL, EVENT_LOG, SETTINGS } from '../sources.js';
import { SubmissionAdmission } from './submission-admission.js';

@Module({
  providers: [
    {
      provide: OpenWork,
      useFactory: ({ openWorkloadsPerTenantMax: max }: Settings, pool: pg.Pool) =>
        new OpenWork({
          max,
          read: (tenantId) => readOpenWork(pool, tenantId),
          clock: () => performance.now(),
        }),
      inject: [SETTINGS, API_POOL],
    },
    {
      provide: SubmissionAdmission,
      useFactory: (log: EventLog, pool: pg.Pool) =>
        new SubmissionAdmission(log, (asked) => admitSubmission(pool, asked)),
      inject: [EVENT_LOG, API_POOL],
    },
  ],
  exports: [OpenWork, SubmissionAdmission],
})
export class LimitsModule {}
