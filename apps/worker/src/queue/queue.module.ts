import { ToldQueues } from '@bulkhead/event-store';
import type { Provider } from '@nestjs/common';
import type { Logger } from 'pino';
import type { JobsProcessor } from '../jobs/jobs.processor.js';
import { JobTakers, QUEUE_PROCESSORS } from '../jobs/queue-processors.js';
import { realSteadyClock, realTimers } from '../real-time.js';
import type { Settings } from '../settings.js';
import { QUEUES } from '../sources.js';
import { Stores } from '../stores.js';
import { BullJobQueue } from './bull-job-queue.js';
import { type OpenQueues, openQueues } from './open-queues.js';
import { datastoreOf } from './queue-datastore.js';
import { QueueOutages } from './queue-outages.js';
import { QueueWatch } from './queue-watch.js';

/** Everything about queues that the worker's module provides. */
export function queueProviders(settings: Settings, logger: Logger): Provider[] {
  return [
    { provide: QueueOutages, useFactory: () => new QueueOutages(logger, realSteadyClock) },
    {
      provide: QUEUES,
      useFactory: (outages: QueueOutages) => openQueues(settings, outages),
      inject: [QueueOutages],
    },
    {
      provide: BullJobQueue,
      useFactory: (queues: OpenQueues, outages: QueueOutages) =>
        new BullJobQueue(queues, datastoreOf(settings), outages),
      inject: [QUEUES, QueueOutages],
    },
    ...QUEUE_PROCESSORS,
    {
      provide: QueueWatch,
      useFactory: (queue: BullJobQueue, { pool, leases }: Stores) =>
        new QueueWatch({ queue, told: new ToldQueues(pool), leases, timers: realTimers }),
      inject: [BullJobQueue, Stores],
    },
    {
      provide: JobTakers,
      useFactory: (queue: BullJobQueue, ...processors: JobsProcessor[]) =>
        new JobTakers(processors, settings.jobConcurrency, () => isAway(queue)),
      inject: [BullJobQueue, ...QUEUE_PROCESSORS],
    },
  ];
}

function isAway(queue: BullJobQueue): Promise<boolean> {
  return queue.counts().then(
    () => false,
    () => true,
  );
}
