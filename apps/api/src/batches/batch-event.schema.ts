import { z } from 'zod';
import { BatchSchema } from './batch.schema.js';
import { TASK_OUTCOMES } from './batch-task.schema.js';

/** What a batch's stream tells; its tasks as they were asked for, and what came after its end, are no part of it. */
export const BATCH_EVENT_TYPES = [
  'BatchSubmitted',
  'BatchTasksFinished',
  'BatchPaused',
  'BatchResumed',
  'BatchCancelRequested',
  'BatchPredecessorsSucceeded',
  'BatchDeadlinePassed',
  'BatchSucceeded',
  'BatchFailed',
  'BatchCancelled',
] as const;

/** An event of a batch as its stream shows it: what happened, and where the batch stands with it. */
export const BatchEventSchema = z
  .strictObject({
    type: z.enum(BATCH_EVENT_TYPES),
    occurredAt: z.string(),
    recordedAt: z.string(),
    reason: z.string().nullable().meta({ description: 'Why somebody did it, where they said so.' }),
    tasks: z
      .array(
        z.strictObject({
          index: z.int(),
          workloadId: z.string(),
          outcome: z.enum(TASK_OUTCOMES),
        }),
      )
      .meta({ description: 'Tasks that have finished, each told once in the whole stream.' }),
    batch: BatchSchema.pick({
      status: true,
      taskCount: true,
      counts: true,
      unfinished: true,
      skipped: true,
      progress: true,
      estimatedEndAt: true,
      failure: true,
    }).meta({ id: 'BatchProgress', description: 'The batch as it was after this event.' }),
  })
  .meta({
    id: 'BatchEvent',
    examples: [
      {
        type: 'BatchTasksFinished',
        occurredAt: '2026-11-21T10:42:03.100Z',
        recordedAt: '2026-11-21T10:42:03.104Z',
        reason: null,
        tasks: [
          { index: 0, workloadId: 'wl_019aa5c1d2f27c3e8b5f0a1b00000000', outcome: 'succeeded' },
        ],
        batch: {
          status: 'running',
          taskCount: 2,
          counts: { succeeded: 1, failed: 0, cancelled: 0, 'timed-out': 0, rejected: 0 },
          unfinished: 1,
          skipped: 0,
          progress: 0.5,
          estimatedEndAt: '2026-11-21T10:42:06.200Z',
          failure: null,
        },
      },
    ],
  });
export type BatchEventView = z.infer<typeof BatchEventSchema>;
