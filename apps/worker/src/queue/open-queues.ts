import { Queue } from 'bullmq';
import { QUEUE_NAMES, type QueueName } from './job.js';
import { adderConnection, type QueueSettings } from './queue-datastore.js';
import type { QueueOutages } from './queue-outages.js';
import { assertUsableRedis } from './usable-redis.js';

/** The queues as jobs are added to them and looked at. */
export type OpenQueues = Readonly<Record<QueueName, Queue>>;

/**
 * Opens all queues; nothing is taken from them yet.
 * @throws UnusableRedis where REDIS_URL leads to none that could hold them
 */
export async function openQueues(
  settings: QueueSettings,
  outages: Pick<QueueOutages, 'failed'>,
): Promise<OpenQueues> {
  if (settings.redisUrl !== null) await assertUsableRedis(settings.redisUrl);
  const opened = QUEUE_NAMES.map((name) => {
    const queue = new Queue(name, adderConnection(settings));
    // Without a listener BullMQ writes the whole connection to the terminal.
    queue.on('error', (error) => outages.failed(error));
    return [name, queue] as const;
  });
  const queues = Object.fromEntries(opened) as Record<QueueName, Queue>;
  await Promise.all(Object.values(queues).map((queue) => queue.waitUntilReady()));
  return queues;
}

/** One that does not answer is let go of without a farewell. */
export async function closeQueues(queues: OpenQueues): Promise<void> {
  const closing = Object.values(queues).map((queue) =>
    queue.close().catch(() => {
      // Nobody waits for it: whether a connection that is not there has ended is never told.
      queue.disconnect().catch(() => {});
    }),
  );
  await Promise.all(closing);
}
