import { createPostgresBackend, Queue, setDefaultBackendFactory, Worker } from 'bullmq';

const NAME = 'bare';
/** As many as a worker of Bulkhead does at a time by default. */
const CONCURRENCY = 50;
const BULK_MAX = 1_000;
/** As Bulkhead's own queue: what is in it need not wait for the disk. */
const COMMIT = '-c synchronous_commit=off';

interface Order {
  readonly jobs: number;
}

const redisUrl = process.env['BENCH_REDIS_URL'];
const databaseUrl = process.env['BENCH_URL'];
const connection = (
  redisUrl === undefined
    ? { connectionString: databaseUrl, schema: 'bare', migrate: true, max: 6, options: COMMIT }
    : { url: redisUrl, maxRetriesPerRequest: null }
) as never;
if (redisUrl === undefined) setDefaultBackendFactory(createPostgresBackend);

/**
 * Milliseconds from the first job's way into the queue to the last one's end. Queue and worker are closed
 * then: idle ones would go on asking the datastore while something else is measured.
 */
async function run({ jobs }: Order): Promise<number> {
  const queue = new Queue(NAME, { connection });
  const worker = new Worker(NAME, async () => {}, { connection, concurrency: CONCURRENCY });
  let left = jobs;
  const finished = new Promise<void>((resolve) => {
    worker.on('completed', () => {
      left -= 1;
      if (left === 0) resolve();
    });
  });
  await Promise.all([queue.waitUntilReady(), worker.waitUntilReady()]);
  const startedAt = performance.now();
  for (let from = 0; from < jobs; from += BULK_MAX) {
    const count = Math.min(BULK_MAX, jobs - from);
    const opts = { removeOnComplete: true };
    await queue.addBulk(
      Array.from({ length: count }, (_, nr) => ({ name: 'no-op', data: { nr }, opts })),
    );
  }
  await finished;
  const tookMs = performance.now() - startedAt;
  await Promise.all([worker.close(), queue.close()]);
  return tookMs;
}

process.on('message', (order: Order) => {
  run(order).then(
    (ms) => process.send?.({ ms }),
    (error: unknown) => process.send?.({ failed: String(error) }),
  );
});
process.on('disconnect', () => process.exit());
process.send?.({ ready: true });
