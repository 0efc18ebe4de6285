import { randomBytes } from 'node:crypto';
import {
  admitSubmission,
  type KnownEvents,
  knownEvents,
  OpenWork,
  readOpenWork,
  sweepAnswers,
  type TreeBuilder,
  TreeStops,
  turnsOfProcess,
  uuidSource,
} from '@bulkhead/event-store';
import { type ClosableDriverRegistry, createDriverRegistry } from '@bulkhead/hypervisor';
import { BullModule } from '@nestjs/bullmq';
import { type DynamicModule, Module } from '@nestjs/common';
import type { Logger } from 'pino';
import { v7 } from 'uuid';
import { type AssembledWorker, assembleWorker } from './assemble-worker.js';
import { dispatchConsumer } from './dispatch/dispatch-consumer.js';
import { JobTakers } from './jobs/queue-processors.js';
import type { ObserveTimes } from './observe/observe-parts.js';
import { OperatorLogin } from './operator/operator-login.js';
import { OperatorServer } from './operator/operator-server.js';
import { mountQueueBoard } from './operator/queue-board.js';
import { WorkerHealth } from './operator/worker-health.js';
import { ProjectionKeeper } from './projections/projection-keeper.js';
import { BullJobQueue } from './queue/bull-job-queue.js';
import type { OpenQueues } from './queue/open-queues.js';
import { queueProviders } from './queue/queue.module.js';
import { takerConnection } from './queue/queue-datastore.js';
import { QueueOutages } from './queue/queue-outages.js';
import { QueueWatch } from './queue/queue-watch.js';
import { realClock, realSteadyClock, realTimers } from './real-time.js';
import type { Settings } from './settings.js';
import {
  CONSUMERS,
  DRIVERS,
  JOB_PARTS,
  LOGGER,
  QUEUES,
  SETTINGS,
  TREE,
  WORKER,
} from './sources.js';
import { openStores, Stores } from './stores.js';
import { openTreeBuilder } from './tree/open-tree-builder.js';
import { ToldTree } from './tree/told-tree.js';
import { webhookSources } from './webhooks/webhook-sources.js';
import { webhooksConsumer } from './webhooks/webhooks-consumer.js';
import { WorkerProcess } from './worker-process.js';

@Module({})
class WorkerModule {}

/** The one place where the worker's real clock, timers, ids, chance, database, queue and drivers are chosen. */
export function workerModule(
  settings: Settings,
  logger: Logger,
  times: Partial<ObserveTimes> = {},
  known: KnownEvents = knownEvents,
): DynamicModule {
  return {
    module: WorkerModule,
    global: true,
    imports: [
      BullModule.forRoot(takerConnection(settings)),
      // None by name: takers and adders have connections of their own, and this finds the takers.
      BullModule.registerQueue(),
    ],
    providers: [
      { provide: SETTINGS, useValue: settings },
      { provide: LOGGER, useValue: logger },
      {
        provide: Stores,
        useFactory: () => openStores(settings.workerDatabaseUrl, known, uuidSource(realClock, v7)),
      },
      { provide: DRIVERS, useFactory: () => driversOf(settings) },
      {
        provide: WORKER,
        useFactory: assembleWith(settings, logger, times),
        inject: [Stores, BullJobQueue, DRIVERS],
      },
      { provide: JOB_PARTS, useFactory: ({ jobs }: AssembledWorker) => jobs, inject: [WORKER] },
      ...queueProviders(settings, logger),
      {
        provide: WorkerHealth,
        useFactory: healthOf,
        inject: [Stores, WORKER, CONSUMERS, TREE, BullJobQueue, QueueOutages],
      },
      { provide: TREE, useFactory: treeOf(settings, logger), inject: [Stores] },
      { provide: CONSUMERS, useFactory: consumersOf(logger), inject: [Stores, WORKER] },
      {
        provide: OperatorServer,
        useFactory: operatorServerOf,
        inject: [WorkerHealth, QUEUES, Stores],
      },
      {
        provide: WorkerProcess,
        useFactory: processOf(logger),
        inject: [WORKER, CONSUMERS, TREE, WorkerHealth, JobTakers, Stores, QueueWatch],
      },
    ],
  };
}

function driversOf({ simulatedHostUrl: url, simulatedHostToken: token }: Settings) {
  return createDriverRegistry({ simulatedHost: { url, token } });
}

const assembleWith =
  (settings: Settings, logger: Logger, times: Partial<ObserveTimes>) =>
  (stores: Stores, queue: BullJobQueue, drivers: ClosableDriverRegistry) =>
    assembleWorker({
      log: stores.log,
      growth: stores.listener,
      leases: stores.leases,
      owner: stores.leases.owner,
      queue,
      drivers,
      clock: realClock,
      steadyClock: realSteadyClock,
      timers: realTimers,
      newUuid: uuidSource(realClock, v7),
      randomBytes: (count) => randomBytes(count),
      nextTurn: turnsOfProcess,
      logger,
      hostLeaseTtlMs: settings.hostLeaseTtlMs,
      startsPerHostMax: settings.startsPerHostMax,
      cancelGraceMs: settings.cancelGraceMs,
      output: { ...settings.output, store: stores.output },
      sweepAnswers: (atMost) => sweepAnswers(stores.pool, atMost),
      admit: (asked) => admitSubmission(stores.pool, asked),
      openWork: new OpenWork({
        max: settings.openWorkloadsPerTenantMax,
        read: (tenantId) => readOpenWork(stores.pool, tenantId),
        clock: realSteadyClock,
      }),
      times: { ...settings.observe, ...times },
      webhooks: webhookSources(settings.webhooks, stores.messages, realTimers),
    });

const treeOf =
  ({ treeHeads }: Settings, logger: Logger) =>
  (stores: Stores) =>
    openTreeBuilder(stores, treeHeads, { clock: realClock, steadyClock: realSteadyClock, logger });

const consumersOf = (logger: Logger) => (stores: Stores, worker: AssembledWorker) => {
  const { log, dataSource, leases, listener } = stores;
  const around = { log, dataSource, leases, listener, logger };
  const dispatch = dispatchConsumer(around, worker.dispatch);
  const projections = new ProjectionKeeper(around, realTimers);
  const webhooks = webhooksConsumer(around, realTimers, () => worker.webhooks?.wake());
  return { dispatch, projections, webhooks };
};

function healthOf(
  { log }: Stores,
  { follower, newer }: AssembledWorker,
  consumers: ReturnType<ReturnType<typeof consumersOf>>,
  tree: TreeBuilder,
  queue: BullJobQueue,
  outages: QueueOutages,
) {
  const fleetPosition = () => follower.fleet.position;
  const { dispatch, webhooks, projections } = consumers;
  const working = () => [dispatch, webhooks, ...projections.consumers];
  const around = { log, queue, outages, consumers: working, newer, tree, fleetPosition };
  return new WorkerHealth({ ...around, clock: realClock, timers: realTimers });
}

function operatorServerOf(health: WorkerHealth, queues: OpenQueues, { log }: Stores) {
  const login = new OperatorLogin(log);
  return new OperatorServer(health, (server) => mountQueueBoard(server, queues, login));
}

const processOf =
  (logger: Logger) =>
  (
    worker: AssembledWorker,
    consumers: ReturnType<ReturnType<typeof consumersOf>>,
    tree: TreeBuilder,
    health: WorkerHealth,
    jobs: JobTakers,
    { pool }: Stores,
    watch: QueueWatch,
  ) => {
    const [clock, timers] = [realClock, realTimers];
    const following = [consumers.dispatch, consumers.webhooks];
    const toldTree = new ToldTree(tree, { stops: new TreeStops(pool), timers, logger });
    const components = [...worker.components, toldTree, consumers.projections, watch];
    const all = { ...worker, components };
    return new WorkerProcess({ worker: all, following, health, jobs, clock, timers, logger });
  };
