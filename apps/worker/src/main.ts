import 'reflect-metadata';
import { connectionProblem } from '@bulkhead/event-store';
import type { ClosableDriverRegistry } from '@bulkhead/hypervisor';
import { WrongSettings } from '@bulkhead/settings';
import { NestFactory } from '@nestjs/core';
import type { Logger } from 'pino';
import { createLogger, NestLog } from './logging.js';
import { OperatorServer } from './operator/operator-server.js';
import { closeQueues, type OpenQueues } from './queue/open-queues.js';
import { chooseQueueBackend } from './queue/queue-datastore.js';
import { UnusableRedis } from './queue/usable-redis.js';
import { readSettings, type Settings } from './settings.js';
import { DRIVERS, QUEUES } from './sources.js';
import { Stores } from './stores.js';
import { workerModule } from './worker.module.js';
import { WorkerProcess } from './worker-process.js';

/** A worker that has not stopped by then, whatever it waits for, leaves that: the log tells its successor everything. */
const STOP_WITHIN_MS = 13_000;
/** And so long it has to give its leases back. */
const LEAVE_WITHIN_MS = 2_000;

async function run(settings: Settings, logger: Logger): Promise<void> {
  chooseQueueBackend(settings);
  const app = await NestFactory.createApplicationContext(workerModule(settings, logger), {
    logger: new NestLog(logger),
    abortOnError: false,
  });
  const stores = app.get(Stores);
  const operator = app.get(OperatorServer);
  const worker = app.get(WorkerProcess);
  stores.listener.start();
  const port = await operator.listen(settings.port);
  await worker.start();
  logger.info({ port }, 'worker is up');
  let stopping = false;
  const stop = async (signal: string) => {
    // Ctrl-C and whoever supervises the process may both tell it to stop.
    if (stopping) return;
    stopping = true;
    logger.info({ signal }, 'stopping');
    setTimeout(() => void leave(worker, logger), STOP_WITHIN_MS).unref();
    await worker.stop();
    await operator.close();
    await app.close();
    await closeQueues(app.get<OpenQueues>(QUEUES));
    app.get<ClosableDriverRegistry>(DRIVERS).close();
    await stores.close();
    logger.info('stopped');
    process.exit(0);
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => stop(signal).catch((error: unknown) => fail(error, logger)));
  }
}

/** A host that is silent is no fault of the worker that waits for it; leases that nobody takes back hold others up. */
async function leave(worker: WorkerProcess, logger: Logger): Promise<never> {
  logger.warn({ timeoutMs: STOP_WITHIN_MS }, 'stopping took too long, others do what is in hand');
  setTimeout(() => {
    logger.error({ timeoutMs: LEAVE_WITHIN_MS }, 'giving leases back took too long');
    process.exit(1);
  }, LEAVE_WITHIN_MS);
  await worker.abandon();
  process.exit(0);
}

/** What nobody expected ends the process: whoever supervises it starts another one. */
function fail(error: unknown, logger: Logger): never {
  logger.fatal({ err: error }, 'worker has failed');
  process.exit(1);
}

/** One sentence says why; where in the code it happened is only of interest to debuggers. */
function refuseStart(error: unknown, logger: Logger): never {
  const message = whyNot(error);
  logger.debug({ err: error }, 'worker could not start');
  process.stderr.write(`bulkhead worker: ${message}\n`);
  process.exit(1);
}

function whyNot(error: unknown): string {
  const { message } = error as Error;
  if (error instanceof UnusableRedis) return `REDIS_URL: ${message}`;
  const problem = connectionProblem(error, settings.workerDatabaseUrl);
  return problem ? `WORKER_DATABASE_URL: ${problem}` : message;
}

function settingsOrExit(): Settings {
  try {
    return readSettings(process.env);
  } catch (error) {
    if (!(error instanceof WrongSettings)) throw error;
    process.stderr.write(`bulkhead worker: ${error.message}\n`);
    process.exit(1);
  }
}

const settings = settingsOrExit();
const logger = createLogger(settings.logLevel);
process.once('uncaughtException', (error) => fail(error, logger));
process.once('unhandledRejection', (error) => fail(error, logger));
run(settings, logger).catch((error: unknown) => refuseStart(error, logger));
