import { admitSchedule } from '@bulkhead/event-store';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import type pg from 'pg';
import { API_POOL } from '../sources.js';
import { ActOnScheduleHandler } from './act-on-schedule.handler.js';
import { ChangeScheduleHandler } from './change-schedule.handler.js';
import {
  ADMIT_SCHEDULE,
  type AdmitSchedule,
  CreateScheduleHandler,
} from './create-schedule.handler.js';
import { GetScheduleHandler, ListSchedulesHandler } from './read-schedules.handlers.js';
import { ScheduleTimesController } from './schedule-times.controller.js';
import {
  ListPlannedTimesHandler,
  ListScheduleRunsHandler,
  PreviewScheduleHandler,
} from './schedule-times.handlers.js';
import { SchedulesController } from './schedules.controller.js';

@Module({
  imports: [CqrsModule],
  controllers: [ScheduleTimesController, SchedulesController],
  providers: [
    {
      provide: ADMIT_SCHEDULE,
      useFactory:
        (pool: pg.Pool): AdmitSchedule =>
        (asked) =>
          admitSchedule(pool, asked),
      inject: [API_POOL],
    },
    CreateScheduleHandler,
    ChangeScheduleHandler,
    ActOnScheduleHandler,
    GetScheduleHandler,
    ListSchedulesHandler,
    ListScheduleRunsHandler,
    ListPlannedTimesHandler,
    PreviewScheduleHandler,
  ],
})
export class SchedulesModule {}
