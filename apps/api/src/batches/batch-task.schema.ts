import { z } from 'zod';
import { WORKLOAD_STATUSES } from '../workloads/workload.schema.js';

/** What a task that became a workload can come to. */
export const TASK_OUTCOMES = ['succeeded', 'failed', 'cancelled', 'timed-out', 'rejected'] as const;
const OUTCOMES = [...TASK_OUTCOMES, 'skipped'] as const;

/** What a list of tasks can be narrowed to: an outcome, or none yet. */
export const TASK_FILTERS = [...OUTCOMES, 'unfinished'] as const;

export const BatchTaskSchema = z
  .strictObject({
    index: z.int().meta({ description: 'Its place in the batch, from 0.' }),
    workloadId: z.string().nullable().meta({ description: 'Null while it has no workload.' }),
    status: z.enum(['pending', ...WORKLOAD_STATUSES, 'skipped']).meta({
      description:
        'That of its workload; `pending` before it has one, `skipped` where it never will.',
    }),
    outcome: z.enum(OUTCOMES).nullable().meta({
      description: 'As the batch has counted it, a moment after its workload ended; null before.',
    }),
    retryOf: z.int().nullable().meta({
      description: 'Its index in the batch that this one retries.',
    }),
    retriedAs: z.int().nullable().meta({
      description: 'Its index in the batch that retries this one.',
    }),
  })
  .meta({
    id: 'BatchTask',
    examples: [
      {
        index: 7,
        workloadId: 'wl_019aa5c1d2f27c3e8b5f0a1b00000007',
        status: 'running',
        outcome: null,
        retryOf: null,
        retriedAs: null,
      },
    ],
  });
export type BatchTaskView = z.infer<typeof BatchTaskSchema>;
