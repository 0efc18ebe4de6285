import {
  CRON_MAX_LENGTH,
  InvalidCron,
  PlannedTimes,
  TIME_ZONE_MAX_LENGTH,
} from '@bulkhead/calendar';
import { z } from 'zod';
import { BatchSubmission } from '../batches/batch.schema.js';
import { lastingReason, name, queryInt, time } from '../http/text.js';

/** Tasks that a schedule can list; with `count` a batch may have as many as any other. */
export const SCHEDULED_TASKS_MAX = 500;
export const CATCH_UP_MAX = 100;
export const PLANNED_TIMES_MAX = 100;
const PLANNED_TIMES_DEFAULT = 10;
/** Zones have no certain rules for times before, and years of two digits would be taken for others. */
const PREVIEW_BEGIN_MS = 0;
const PREVIEW_BEGIN = 'must not lie before the year 1970';
/** Planned times are looked for over ten years, and a time as text ends with the year 9999. */
const PREVIEW_END_MS = Date.UTC(9989, 0, 1);
const PREVIEW_END = 'must lie before the year 9989: planned times may follow up to ten years later';

/** Says for the author what the calendar has against a text. */
function understood(check: (text: string) => void) {
  return (text: string, context: z.RefinementCtx) => {
    try {
      check(text);
    } catch (error) {
      const { message } = error as Error;
      const problems = error instanceof InvalidCron ? error.problems : [message];
      for (const problem of problems) context.addIssue({ code: 'custom', message: problem });
    }
  };
}

const cron = z
  .string()
  .min(1)
  .max(CRON_MAX_LENGTH)
  .superRefine(
    understood((text) => {
      if (new PlannedTimes(text, 'UTC').after(0, 1).length === 0)
        throw new Error('comes too seldom: not within ten years');
    }),
  )
  .meta({
    description:
      'Minute, hour, day of month, month and day of week, or @hourly, @daily (or @midnight), @weekly, @monthly, @yearly (or @annually), @weekdays, @weekends.',
    examples: ['30 6 * * 1-5'],
  });
const timeZone = z
  .string()
  .min(1)
  .max(TIME_ZONE_MAX_LENGTH)
  .superRefine(understood((name) => void new PlannedTimes('@daily', name)))
  .meta({
    description:
      'A name of the IANA database, in any letters; answers have the name that the zone has there now.',
    examples: ['Europe/Berlin'],
  });

const batchFields = BatchSubmission.shape;
const ScheduledBatchBody = z
  .strictObject({
    name: batchFields.name,
    taskDefaults: batchFields.taskDefaults,
    tasks: batchFields.tasks.unwrap().max(SCHEDULED_TASKS_MAX).optional().meta({
      description: 'One entry a task: what differs from taskDefaults.',
    }),
    count: batchFields.count,
    maxParallel: batchFields.maxParallel,
    maxFailures: batchFields.maxFailures,
    priority: batchFields.priority,
    deadlineSeconds: batchFields.deadlineSeconds.meta({
      description: 'The deadline of each batch: so long after it was fired.',
    }),
  })
  .meta({
    id: 'ScheduledBatch',
    description: `A batch as POST /v1/batches takes it, with at most ${SCHEDULED_TASKS_MAX} tasks listed, or a count.`,
  });
export type ScheduledBatchBody = z.infer<typeof ScheduledBatchBody>;

const fields = {
  name: name(200),
  cron,
  timeZone,
  overlap: z.enum(['allow', 'skip', 'replace']).meta({
    description:
      'What happens at a planned time while a batch that was fired before has not ended: both run, nothing is fired, or the earlier one is cancelled.',
  }),
  catchUpLimit: z.int().min(0).max(CATCH_UP_MAX).meta({
    description:
      'Of planned times that came while nothing could be fired, the newest so many are made up for, without waiting for each other: more than one needs overlap `allow`, because `skip` passes over those that come while a batch runs.',
  }),
  batch: ScheduledBatchBody,
};

const example = {
  name: 'nightly report',
  cron: '30 2 * * *',
  timeZone: 'Europe/Berlin',
  overlap: 'skip',
  catchUpLimit: 1,
  batch: {
    name: 'nightly report',
    taskDefaults: {
      image: 'mcr.microsoft.com/windows/nanoserver:ltsc2022',
      resources: { cpuMillis: 500, memoryMiB: 256 },
      args: ['--part', '{{index}}'],
      simulation: { durationMs: 3000, exitCode: 0 },
    },
    count: 4,
  },
} as const;

export const ScheduleSubmission = z
  .strictObject({
    ...fields,
    timeZone: fields.timeZone.default('UTC'),
    overlap: fields.overlap.default('skip'),
    catchUpLimit: fields.catchUpLimit.default(1),
  })
  .meta({ id: 'ScheduleSubmission', examples: [example] });
export type ScheduleBody = z.infer<typeof ScheduleSubmission>;

export const ScheduleChange = z
  .strictObject(fields)
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'changes nothing')
  .meta({ id: 'ScheduleChange', examples: [{ cron: '0 3 * * *', overlap: 'replace' }] });
export type ScheduleChangeBody = z.infer<typeof ScheduleChange>;

export const ScheduleActReason = z
  .strictObject({ reason: lastingReason.optional() })
  .meta({ id: 'ScheduleActReason', examples: [{ reason: 'the input has to be mended first' }] });

const count = {
  count: queryInt(1, PLANNED_TIMES_MAX)
    .default(PLANNED_TIMES_DEFAULT)
    .meta({ description: `How many; ${PLANNED_TIMES_DEFAULT} where left out.` }),
};
export const PlannedTimesQuery = z.strictObject(count);
export const SchedulePreview = z
  .strictObject({
    cron,
    timeZone: timeZone.default('UTC'),
    count: z.int().min(1).max(PLANNED_TIMES_MAX).default(PLANNED_TIMES_DEFAULT),
    after: time
      .refine((text) => Date.parse(text) >= PREVIEW_BEGIN_MS, { error: PREVIEW_BEGIN })
      .refine((text) => Date.parse(text) < PREVIEW_END_MS, { error: PREVIEW_END })
      .optional()
      .meta({ description: 'Now, where left out; from 1970 on.' }),
  })
  .meta({
    id: 'SchedulePreview',
    examples: [{ cron: '30 2 * * *', timeZone: 'Europe/Berlin', count: 3 }],
  });
export type SchedulePreviewBody = z.infer<typeof SchedulePreview>;

export const PlannedTimesSchema = z
  .strictObject({ timeZone: z.string(), items: z.array(z.string()) })
  .meta({
    id: 'PlannedTimes',
    examples: [{ timeZone: 'Europe/Berlin', items: ['2026-11-22T01:30:00.000Z'] }],
  });
export type PlannedTimesView = z.infer<typeof PlannedTimesSchema>;
