import { EXIT_CODES_MAX } from '@bulkhead/event-store';
import { z } from 'zod';
import { WORKLOAD_STATUSES } from '../workloads/workload.schema.js';
import { BATCH_STATUSES } from './batch.schema.js';

const MeasuredTimes = z
  .strictObject({ min: z.int(), median: z.int(), p95: z.int(), max: z.int() })
  .meta({ id: 'MeasuredTimes', description: 'In milliseconds; each is one that was measured.' });

/** What the tasks of a batch came to. */
export const BatchSummarySchema = z
  .strictObject({
    id: z.string(),
    status: z.enum(BATCH_STATUSES),
    isFinal: z.boolean().meta({
      description:
        'The batch has ended, every task is counted, and nothing of this changes any more.',
    }),
    taskCount: z.int(),
    statuses: z
      .partialRecord(z.enum(['pending', ...WORKLOAD_STATUSES, 'skipped']), z.int())
      .meta({ description: 'Tasks by status; together they are taskCount.' }),
    exitCodes: z.array(z.strictObject({ exitCode: z.int(), tasks: z.int() })).meta({
      description: `Tasks by the exit code of their last attempt, the most frequent ${EXIT_CODES_MAX} first.`,
    }),
    attempts: z.strictObject({
      total: z.int(),
      most: z.int().meta({ description: 'Of the task with the most.' }),
      retried: z.int().meta({ description: 'Tasks that had more than one.' }),
    }),
    ranMs: MeasuredTimes.nullable().meta({
      description: 'From start to exit of the last attempt; null where none has exited.',
    }),
    tookMs: MeasuredTimes.nullable().meta({
      description:
        'From becoming a workload to its end, of tasks that had an attempt; null where none of them has ended.',
    }),
    firstFailures: z
      .array(
        z.strictObject({
          index: z.int(),
          workloadId: z.string(),
          status: z.enum(WORKLOAD_STATUSES),
          cause: z.string().nullable().meta({
            description: 'Why its last attempt failed, or the code with which it was refused.',
          }),
          exitCode: z.int().nullable(),
          attempts: z.int(),
        }),
      )
      .meta({ description: 'Tasks that did not succeed and were not cancelled, at most ten.' }),
  })
  .meta({
    id: 'BatchResult',
    examples: [
      {
        id: 'bat_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f',
        status: 'failed',
        isFinal: true,
        taskCount: 50,
        statuses: { succeeded: 48, failed: 1, skipped: 1 },
        exitCodes: [
          { exitCode: 0, tasks: 48 },
          { exitCode: 9, tasks: 1 },
        ],
        attempts: { total: 51, most: 3, retried: 1 },
        ranMs: { min: 480, median: 512, p95: 700, max: 2_100 },
        tookMs: { min: 900, median: 1_400, p95: 2_900, max: 9_300 },
        firstFailures: [
          {
            ...{ index: 7, workloadId: 'wl_019aa5c1d2f27c3e8b5f0a1b00000007', status: 'failed' },
            ...{ cause: 'exit-code', exitCode: 9, attempts: 3 },
          },
        ],
      },
    ],
  });
export type BatchSummaryView = z.infer<typeof BatchSummarySchema>;
