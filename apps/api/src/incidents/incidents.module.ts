import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CLOCK, EVENT_LOG } from '../sources.js';
import { ContainIncidentHandler } from './contain-incident.handler.js';
import { IncidentList } from './incident-list.js';
import { IncidentsController } from './incidents.controller.js';
import { GetIncidentHandler, ListIncidentsHandler } from './read-incidents.handlers.js';
import { ReportIncidentHandler } from './report-incident.handler.js';

@Module({
  imports: [CqrsModule],
  controllers: [IncidentsController],
  providers: [
    ListIncidentsHandler,
    GetIncidentHandler,
    ReportIncidentHandler,
    ContainIncidentHandler,
    {
      provide: IncidentList,
      useFactory: (...args: ConstructorParameters<typeof IncidentList>) =>
        new IncidentList(...args),
      inject: [EVENT_LOG, CLOCK],
    },
  ],
})
export class IncidentsModule {}
