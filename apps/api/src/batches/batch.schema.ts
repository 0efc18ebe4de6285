import { z } from 'zod';
import { lastingReason, name, time } from '../http/text.js';
import { submissionFields, taskFields } from '../workloads/submission.schema.js';

export const BATCH_TASKS_MAX = 10_000;
/** Batches that one may come after. */
export const PREDECESSORS_MAX = 10;
/** A year, and a day for good measure. */
const DEADLINE_SECONDS_MAX = 366 * 86_400;
const ID_MAX_LENGTH = 64;

/**
 * Without defaults of its own, so that a field that an override leaves out comes from `taskDefaults`. What is
 * said of a field stands on its outermost form, and is said of this one anew.
 */
function given(field: z.ZodType): z.ZodType {
  const bare = (field instanceof z.ZodDefault ? field.unwrap() : field) as z.ZodType;
  const said = field.meta();
  // A schema with a name of its own is referred to, and says it there.
  return said === undefined || said.id !== undefined ? bare.optional() : bare.optional().meta(said);
}
export const TaskFields = z
  .strictObject(
    Object.fromEntries(Object.entries(taskFields).map(([name, field]) => [name, given(field)])),
  )
  .meta({
    id: 'TaskFields',
    description: 'Any fields of a submission; a field that is given replaces the default whole.',
  });

const count = z.int().min(1).max(BATCH_TASKS_MAX);

export const BatchSubmission = z
  .strictObject({
    name: name(200).meta({
      description: 'For people; need not be unique. Kept as erasable content.',
    }),
    taskDefaults: TaskFields.optional().meta({ description: 'What all tasks have in common.' }),
    tasks: z.array(TaskFields).min(1).max(BATCH_TASKS_MAX).optional().meta({
      description: 'One entry a task: what differs from taskDefaults.',
    }),
    count: count
      .optional()
      .meta({ description: 'Instead of tasks: that many, which differ in their index.' }),
    maxParallel: count.optional().meta({
      description:
        'Tasks that may be unfinished at once. Left out: all of them, as far as the quota goes.',
    }),
    maxFailures: z.int().min(0).max(BATCH_TASKS_MAX).optional().meta({
      description:
        'The batch fails once more tasks than this have ended otherwise than in success: failed, timed out, rejected or cancelled. Left out: all tasks become workloads however many do, and it fails at its end if one did.',
    }),
    priority: submissionFields.priority.unwrap().optional().meta({
      description: 'For tasks that name none of their own.',
    }),
    deadline: time.optional().meta({
      description:
        'From then on no task becomes a workload, what is under way is cancelled, and the batch fails.',
    }),
    deadlineSeconds: z.int().min(1).max(DEADLINE_SECONDS_MAX).optional().meta({
      description: 'Instead of deadline: so long after its submission.',
    }),
    after: z
      .array(z.string().min(1).max(ID_MAX_LENGTH))
      .min(1)
      .max(PREDECESSORS_MAX)
      .refine((ids) => new Set(ids).size === ids.length, 'names a batch twice')
      .optional()
      .meta({
        description:
          'Own batches that must all have succeeded before its first task becomes a workload. Where one does not, the batch fails without a task.',
      }),
  })
  .meta({
    id: 'BatchSubmission',
    examples: [
      {
        name: 'nightly report',
        taskDefaults: {
          image: 'mcr.microsoft.com/windows/nanoserver:ltsc2022',
          resources: { cpuMillis: 500, memoryMiB: 256 },
          simulation: { durationMs: 3000, exitCode: 0 },
        },
        tasks: [{ args: ['--region', 'north'] }, { args: ['--region', 'south'] }],
        maxParallel: 10,
      },
    ],
  });
export type BatchSubmissionBody = z.infer<typeof BatchSubmission>;

export const BatchActReason = z
  .strictObject({ reason: lastingReason.optional() })
  .meta({ id: 'BatchActReason', examples: [{ reason: 'the input has to be mended first' }] });

export const BATCH_STATUSES = [
  'waiting',
  'running',
  'paused',
  'cancelling',
  'overdue',
  'succeeded',
  'failed',
  'cancelled',
] as const;

/** Of a batch or schedule: when its tenant paused it, with the reason that was given. */
export const pausedSince = z
  .strictObject({ since: z.string(), reason: z.string().nullable() })
  .nullable();

const taskCounts = z.strictObject({
  succeeded: z.int(),
  failed: z.int(),
  cancelled: z.int(),
  'timed-out': z.int(),
  rejected: z.int(),
});

export const BatchSchema = z
  .strictObject({
    id: z.string(),
    name: z.string().nullable().meta({ description: 'Null once it was erased.' }),
    status: z.enum(BATCH_STATUSES),
    taskCount: z.int(),
    maxParallel: z.int().nullable().meta({ description: 'Null where it sets no limit.' }),
    maxFailures: z.int().nullable().meta({ description: 'Null where it sets no limit.' }),
    deadline: z.string().nullable(),
    after: z.array(z.string()).meta({ description: 'Batches that must have succeeded before.' }),
    counts: taskCounts.meta({ description: 'Finished tasks by outcome.' }),
    unfinished: z.int().meta({ description: 'Tasks that may still run; none after the end.' }),
    skipped: z.int().meta({
      description:
        'Tasks that never became workloads, because the batch had failed or was cancelled.',
    }),
    progress: z.number().min(0).max(1).meta({ description: 'Share of tasks that have finished.' }),
    estimatedEndAt: z.string().nullable().meta({
      description:
        'When it ends if it goes on as so far: from what has finished in the time in which it ran. Null before anything has, and while it does not run.',
    }),
    firstFailures: z
      .array(z.strictObject({ index: z.int(), workloadId: z.string() }))
      .meta({ description: 'Tasks that did not succeed and were not cancelled, at most ten.' }),
    failure: z
      .strictObject({
        because: z.enum(['tasks', 'deadline', 'predecessor']),
        predecessor: z.string().nullable(),
      })
      .nullable()
      .meta({ description: 'Why it failed; null where it did not.' }),
    paused: pausedSince.meta({
      description: 'Since when no further task is created, and why; null unless it is paused.',
    }),
    cancelled: pausedSince.meta({
      description: 'When its tenant cancelled it, and why; null where it did not.',
    }),
    retryOf: z.string().nullable().meta({
      description: 'The batch whose tasks that did not succeed this one runs again.',
    }),
    retriedBy: z.string().nullable().meta({
      description: 'The batch that runs again what did not succeed here.',
    }),
    submittedAt: z.string(),
    endedAt: z.string().nullable(),
  })
  .meta({
    id: 'Batch',
    examples: [
      {
        id: 'bat_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f',
        name: 'nightly report',
        status: 'running',
        taskCount: 2,
        maxParallel: 10,
        maxFailures: null,
        deadline: '2026-11-21T22:00:00.000Z',
        after: [],
        counts: { succeeded: 1, failed: 0, cancelled: 0, 'timed-out': 0, rejected: 0 },
        unfinished: 1,
        skipped: 0,
        progress: 0.5,
        estimatedEndAt: '2026-11-21T10:42:06.200Z',
        firstFailures: [],
        failure: null,
        retryOf: null,
        paused: null,
        cancelled: null,
        retriedBy: null,
        submittedAt: '2026-11-21T10:42:00.000Z',
        endedAt: null,
      },
    ],
  });
export type BatchView = z.infer<typeof BatchSchema>;
