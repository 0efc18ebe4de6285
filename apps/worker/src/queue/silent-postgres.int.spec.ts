import { prefixedId } from '@bulkhead/domain';
import { Worker } from 'bullmq';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { TcpProxy } from '../../../../test/postgres/tcp-proxy.js';
import type { JobParts } from '../jobs/job-parts.js';
import { JobsProcessor, TAKER_OPTIONS } from '../jobs/jobs.processor.js';
import { BullJobQueue } from './bull-job-queue.js';
import { closeQueues, type OpenQueues, openQueues } from './open-queues.js';
import { chooseQueueBackend, SILENT_MS, takerConnection } from './queue-datastore.js';
import { QueueOutages } from './queue-outages.js';

const MARGIN_MS = 10_000;

class Processor extends JobsProcessor {}

let database: FreshDatabase;
let proxy: TcpProxy;
let settings: Parameters<typeof openQueues>[0];
let queues: OpenQueues;
let queue: BullJobQueue;
const lines: string[] = [];
const write = (_: unknown, message: string) => void lines.push(message);
const logger = { info: write, warn: write, error: write } as never;
const outages = new QueueOutages(logger, () => performance.now());

beforeAll(async () => {
  database = await freshDatabase();
  const through = await TcpProxy.to(new URL(database.workerUrl));
  proxy = through.proxy;
  settings = { workerDatabaseUrl: through.url, redisUrl: null };
  chooseQueueBackend(settings);
  queues = await openQueues(settings, outages);
  queue = new BullJobQueue(queues, 'postgres', outages);
});
afterAll(async () => {
  await closeQueues(queues);
  await proxy.close();
  await database.drop();
});

function add(): Promise<void> {
  const data = { hostId: prefixedId('host', v7()), position: 1, correlationId: 'test' };
  return queue.add([{ kind: 'provision-host', id: `job-${v7()}`, delayMs: 0, data }]);
}

/** What takes jobs of one queue, and how many it was given. */
function taker() {
  const given: string[] = [];
  const processor = new Processor({} as JobParts, logger, outages);
  const options = { ...takerConnection(settings), ...TAKER_OPTIONS };
  const worker = new Worker('hosts', async ({ name }) => void given.push(name), options);
  worker.on('error', (error) => processor.broken(error));
  Object.assign(processor, { _worker: worker });
  return { processor, worker, given };
}

describe('a network that swallows what Postgres answers, and never says so', () => {
  it('holds nobody who adds or takes jobs for long, and both go on once it has recovered', {
    timeout: 4 * SILENT_MS + MARGIN_MS,
  }, async () => {
    const { processor, worker, given } = taker();
    await processor.connected();
    const taking = processor.begin(1);
    // As where a worker stands back for a moment just after it began.
    processor.hold();
    processor.resume();
    await add();
    await expect.poll(() => given.length).toBe(1);
    proxy.swallowsAnswers = true;
    const beganAtMs = performance.now();
    await expect(add()).rejects.toThrow();
    expect(performance.now() - beganAtMs).toBeLessThan(SILENT_MS + MARGIN_MS);
    proxy.swallowsAnswers = false;
    // What was swallowed may have been done, so at least one job more is there.
    await add();
    await expect.poll(() => given.length, { timeout: 2 * SILENT_MS }).toBeGreaterThanOrEqual(2);
    await worker.close();
    await taking;
  });

  it('keeps nobody from taking jobs who was about to be told of new ones by then', {
    timeout: 4 * SILENT_MS + MARGIN_MS,
  }, async () => {
    proxy.deafAfter = 'LISTEN ';
    const { processor, worker, given } = taker();
    await processor.connected();
    const taking = processor.begin(1);
    await expect.poll(() => proxy.deafAfter).toBeNull();
    await add();
    await expect.poll(() => given.length, { timeout: 3 * SILENT_MS }).toBeGreaterThanOrEqual(1);
    await worker.close();
    await taking;
  });

  it('at the very beginning is no reason to live on without taking any job', async () => {
    proxy.swallowsAnswers = true;
    const { unanswered } = proxy;
    const { processor, worker } = taker();
    await expect.poll(() => proxy.unanswered).toBeGreaterThan(unanswered);
    proxy.swallowsAnswers = false;
    proxy.cut();
    await expect(processor.connected()).rejects.toThrow();
    await worker.close();
  });
});
