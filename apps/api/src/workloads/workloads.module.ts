import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { FleetShapes } from '../catalogue/fleet-shapes.js';
import { LimitsModule } from '../limits/limits.module.js';
import { EVENT_LOG } from '../sources.js';
import { StreamsModule } from '../streams/streams.module.js';
import { CancelWorkloadHandler } from './cancel-workload.handler.js';
import { ExplainController } from './explain.controller.js';
import { ExplainWorkloadHandler } from './explain-workload.handler.js';
import { FollowWorkloadHandler } from './follow-workload.handler.js';
import { GetWorkloadHandler } from './get-workload.handler.js';
import { ListWorkloadEventsHandler } from './list-workload-events.handler.js';
import { ListWorkloadsHandler } from './list-workloads.handler.js';
import { SubmissionFactsReader } from './submission-facts.js';
import { SubmitWorkloadHandler } from './submit-workload.handler.js';
import { WorkloadStreamController } from './workload-stream.controller.js';
import { WorkloadsController } from './workloads.controller.js';

@Module({
  imports: [CqrsModule, CatalogueModule, LimitsModule, StreamsModule],
  controllers: [ExplainController, WorkloadsController, WorkloadStreamController],
  providers: [
    SubmitWorkloadHandler,
    ExplainWorkloadHandler,
    CancelWorkloadHandler,
    GetWorkloadHandler,
    ListWorkloadsHandler,
    ListWorkloadEventsHandler,
    FollowWorkloadHandler,
    {
      provide: SubmissionFactsReader,
      useFactory: (...args: ConstructorParameters<typeof SubmissionFactsReader>) =>
        new SubmissionFactsReader(...args),
      inject: [EVENT_LOG, FleetShapes],
    },
  ],
})
export class WorkloadsModule {}
