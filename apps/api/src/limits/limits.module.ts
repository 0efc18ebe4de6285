import { admitSubmission, type EventLog } from '@bulkhead/event-store';
import { Module } from '@nestjs/common';
import type pg from 'pg';
import { API_POOL, EVENT_LOG } from '../sources.js';
import { SubmissionAdmission } from './submission-admission.js';

@Module({
  providers: [
    {
      provide: SubmissionAdmission,
      useFactory: (log: EventLog, pool: pg.Pool) =>
        new SubmissionAdmission(log, (asked) => admitSubmission(pool, asked)),
      inject: [EVENT_LOG, API_POOL],
    },
  ],
  exports: [SubmissionAdmission],
})
export class LimitsModule {}
