import type { FailedJob, ToldQueue } from '@bulkhead/event-store';
import { z } from 'zod';
import { reason } from '../http/text.js';
import { timeText } from '../sources.js';

/**
 * Workers tell every two seconds; past this nobody looks after the queues. A takeover from a worker that
 * was killed takes seven (its lease, the next look for it, and the word after it), and a datastore
 * that does not answer is given up after five: neither is silence.
 */
export const QUEUE_SILENT_MS = 12_000;

export const QueueRetry = z
  .strictObject({ reason })
  .meta({ id: 'QueueRetry', examples: [{ reason: 'the host has been repaired' }] });
export type QueueRetryBody = z.infer<typeof QueueRetry>;

const FailedJobSchema = z
  .strictObject({
    job: z.string(),
    kind: z.string().meta({ description: 'What it does: start-workload, stop-workload, …' }),
    tenant: z.string().nullable(),
    workload: z.string().nullable(),
    host: z.string().nullable(),
    correlationId: z.string().nullable(),
    failedAt: z.string(),
    tries: z.int(),
    reason: z.string(),
  })
  .meta({ id: 'FailedJob' });

export const QueueSchema = z
  .strictObject({
    name: z.string(),
    status: z.enum(['working', 'unreachable', 'silent']).meta({
      description:
        'working: a worker looks after it and told so within the last twelve seconds, whether it has jobs or none. unreachable: its datastore does not answer the workers. silent: no worker has told of it for longer, so that none runs, or none can. The figures are of toldAt.',
    }),
    datastore: z.enum(['postgres', 'redis']),
    jobs: z.strictObject({
      waiting: z.int().meta({ description: 'That could run now.' }),
      active: z.int(),
      delayed: z.int().meta({
        description:
          'That come later: run-time limits, further tries, starts whose turn on their host has not come.',
      }),
      failed: z.int().meta({ description: 'That failed for good and are kept, at most 1,000.' }),
    }),
    oldestWaitingSeconds: z.number().meta({
      description: 'For how long the one that has waited longest had waited; 0 where none waits.',
    }),
    failures: z.array(FailedJobSchema).meta({ description: 'The newest failed jobs, at most 20.' }),
    toldAt: z.string(),
    toldSecondsAgo: z.number().meta({
      description: 'How old that is. Workers tell every two seconds; a takeover takes seven.',
    }),
    advice: z.string().nullable().meta({ description: 'What to do, in words; null for nothing.' }),
  })
  .meta({ id: 'Queue' });
export type QueueView = z.infer<typeof QueueSchema>;

export const QueueListSchema = z
  .strictObject({ items: z.array(QueueSchema) })
  .meta({ id: 'QueueList' });
export type QueueListView = z.infer<typeof QueueListSchema>;

export const QueueActSchema = z
  .strictObject({
    queue: QueueSchema,
    consequence: z.string().meta({ description: 'What happens now, in words.' }),
  })
  .meta({ id: 'QueueAct' });
export type QueueActView = z.infer<typeof QueueActSchema>;

export function queueView(told: ToldQueue): QueueView {
  const { name, datastore, waiting, active, delayed, failed, oldestWaitingAtMs, toldAtMs } = told;
  const oldestMs = oldestWaitingAtMs === null ? 0 : Math.max(0, toldAtMs - oldestWaitingAtMs);
  return {
    name,
    status: queueStatusOf(told),
    datastore,
    jobs: { waiting, active, delayed, failed },
    oldestWaitingSeconds: oldestMs / 1_000,
    failures: told.failures.map(failureView),
    toldAt: timeText(toldAtMs),
    toldSecondsAgo: Math.max(0, told.toldAgoMs) / 1_000,
    advice: adviceFor(told),
  };
}

export function queueStatusOf({ answers, toldAgoMs }: ToldQueue): QueueView['status'] {
  if (toldAgoMs > QUEUE_SILENT_MS) return 'silent';
  return answers ? 'working' : 'unreachable';
}

function adviceFor(told: ToldQueue): string | null {
  const { name, failed } = told;
  switch (queueStatusOf(told)) {
    case 'silent':
      return 'Start a worker, or read in the log of one why it tells nothing of the queues.';
    case 'unreachable':
      return 'Look after the datastore of the queues; workers go on by themselves when it answers.';
    case 'working':
      return failed === 0
        ? null
        : `Once the cause is gone: bulkhead queue retry ${name} --reason "…". What the log still asks for is issued again by itself.`;
  }
}

function failureView(failure: FailedJob): QueueView['failures'][number] {
  const { job, kind, tenantId, workloadId, hostId, correlationId, tries } = failure;
  const failedAt = timeText(failure.failedAtMs);
  const of = { tenant: tenantId, workload: workloadId, host: hostId, correlationId };
  return { job, kind, ...of, failedAt, tries, reason: failure.reason };
}
