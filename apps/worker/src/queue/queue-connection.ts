import { createPostgresBackend, setDefaultBackendFactory } from 'bullmq';

/** The one queue of the worker, and the schema that holds it. */
export const JOBS_QUEUE = 'bulkhead-jobs';
const QUEUE_SCHEMA = 'bullmq';
/** Queue and workers have a pool of their own each; a worker listens on one connection more. */
const CONNECTIONS_MAX = 6;

export interface QueueSettings {
  readonly workerDatabaseUrl: string;
}

/**
 * Which datastore holds the queue is chosen here and nowhere else. What is in it can be lost: jobs are
 * re-issued from the log, so its commits need not wait for the disk.
 */
export function queueConnection({ workerDatabaseUrl }: QueueSettings) {
  return {
    connectionString: workerDatabaseUrl,
    application_name: 'bulkhead-queue',
    schema: QUEUE_SCHEMA,
    migrate: true,
    max: CONNECTIONS_MAX,
    options: '-c synchronous_commit=off',
  };
}

/** Must be called before the first queue is made. */
export function chooseQueueBackend(): void {
  setDefaultBackendFactory(createPostgresBackend);
}
