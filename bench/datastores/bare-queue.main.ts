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

const queue = new Queue(NAME, { connection });
let left = 0;
let done: () => void = () => {};
const worker = new Worker(NAME, async () => {}, { connection, concurrency: CONCURRENCY });
worker.on('completed', () => {
  left -= 1;
  if (left === 0) done();
});

/** Milliseconds from the first job's way into the queue to the last one's end. */
async function run({ jobs }: Order): Promise<number> {
  left = jobs;
  const finished = new Promise<void>((resolve) => {
    done = resolve;
  });
  const startedAt = performance.now();
  for (let from = 0; from < jobs; from += BULK_MAX) {
    const count = Math.min(BULK_MAX, jobs - from);
    const opts = { removeOnComplete: true };
    await queue.addBulk(
      Array.from({ length: count }, (_, nr) => ({ name: 'no-op', data: { nr }, opts })),
    );
  }
  await finished;
  return performance.now() - startedAt;
}

await worker.waitUntilReady();
process.on('message', (order: Order) => {
  run(order).then(
    (ms) => process.send?.({ ms }),
    (error: unknown) => process.send?.({ failed: String(error) }),
  );
});
process.on('disconnect', () => {
  void Promise.allSettled([worker.close(), queue.close()]).then(() => process.exit());
});
process.send?.({ ready: true });
