import type { EventLog } from '@bulkhead/event-store';
import { Module } from '@nestjs/common';
import { CqrsModule } from '@nestjs/cqrs';
import { CatalogueModule } from '../catalogue/catalogue.module.js';
import { FleetShapes } from '../catalogue/fleet-shapes.js';
import { LimitsModule } from '../limits/limits.module.js';
import { Cursors } from '../paging/cursors.js';
import { API_POOL, EVENT_LOG, type Timers } from '../sources.js';
import { OpenStreams } from '../streams/open-streams.js';
import { StreamWatch } from '../streams/stream-watch.js';
import { StreamsModule } from '../streams/streams.module.js';
import { CancelWorkloadHandler } from './cancel-workload.handler.js';
import { ExplainController } from './explain.controller.js';
import { ExplainWorkloadHandler } from './explain-workload.handler.js';
import { FollowWorkloadHandler } from './follow-workload.handler.js';
import { GetWorkloadHandler } from './get-workload.handler.js';
import { ListWorkloadEventsHandler } from './list-workload-events.handler.js';
import { ListWorkloadsHandler } from './list-workloads.handler.js';
import { FollowLogs } from './logs/follow-logs.js';
import { WorkloadLogsController } from './logs/workload-logs.controller.js';
import { WorkloadLogs } from './logs/workload-logs.js';
import { SubmissionFactsReader } from './submission-facts.js';
import { SubmitWorkloadHandler } from './submit-workload.handler.js';
import { WorkloadStreamController } from './workload-stream.controller.js';
import { WorkloadsController } from './workloads.controller.js';

/** Followers hold the process by their connections, not by their timers. */
const timers: Timers = {
  after(delayMs, run) {
    const timer = setTimeout(run, delayMs).unref();
    return () => clearTimeout(timer);
  },
};

@Module({
  imports: [CqrsModule, CatalogueModule, LimitsModule, StreamsModule],
  controllers: [
    ExplainController,
    WorkloadLogsController,
    WorkloadsController,
    WorkloadStreamController,
  ],
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
    {
      provide: WorkloadLogs,
      useFactory: (...args: ConstructorParameters<typeof WorkloadLogs>) =>
        new WorkloadLogs(...args),
      inject: [EVENT_LOG, API_POOL, Cursors],
    },
    {
      provide: FollowLogs,
      useFactory: (log: EventLog, logs: WorkloadLogs, streams: OpenStreams, watch: StreamWatch) =>
        new FollowLogs({ log, logs, streams, watch, timers }),
      inject: [EVENT_LOG, WorkloadLogs, OpenStreams, StreamWatch],
    },
  ],
})
export class WorkloadsModule {}
