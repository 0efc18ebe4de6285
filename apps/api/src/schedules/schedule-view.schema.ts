import { z } from 'zod';
import { pausedSince } from '../batches/batch.schema.js';

export const SCHEDULE_STATUSES = ['active', 'paused', 'deleted'] as const;

export const ScheduleRunSchema = z
  .strictObject({
    plannedAt: z.string().meta({ description: 'Of missed ones the last.' }),
    settledAt: z.string().meta({ description: 'When it was fired, skipped or given up.' }),
    outcome: z.enum(['fired', 'skipped', 'missed']),
    batchId: z.string().nullable().meta({
      description: 'The batch that was fired, or the unfinished one that it was skipped for.',
    }),
    replaces: z.array(z.string()).meta({ description: 'Batches that were cancelled for it.' }),
    cause: z
      .enum(['overlap', 'tenant-suspended', 'quota', 'content-erased', 'id-taken'])
      .nullable()
      .meta({ description: 'Why it was skipped.' }),
    detail: z.string().nullable(),
    missed: z
      .strictObject({ count: z.int().nullable(), firstPlannedAt: z.string() })
      .nullable()
      .meta({ description: 'How many were missed; count is null where they are more than 300.' }),
  })
  .meta({
    id: 'ScheduleRun',
    examples: [
      {
        plannedAt: '2026-11-21T01:30:00.000Z',
        settledAt: '2026-11-21T01:30:00.412Z',
        outcome: 'fired',
        batchId: 'bat_019aa5c1d2f28c3e8b5f0a1b2c3d4e5f',
        replaces: [],
        cause: null,
        detail: null,
        missed: null,
      },
    ],
  });
export type ScheduleRunView = z.infer<typeof ScheduleRunSchema>;

const summaryFields = {
  id: z.string(),
  name: z.string().nullable().meta({ description: 'Null once it was erased.' }),
  status: z.enum(SCHEDULE_STATUSES),
  paused: pausedSince.meta({
    description: 'Since when nothing is fired, and why; null unless it is paused.',
  }),
  cron: z.string(),
  timeZone: z.string(),
  overlap: z.enum(['allow', 'skip', 'replace']),
  catchUpLimit: z.int(),
  nextAt: z.string().nullable().meta({ description: 'Null unless it is active.' }),
  lastRun: ScheduleRunSchema.nullable(),
  createdAt: z.string(),
  changedAt: z.string(),
};
const example = {
  id: 'sch_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f',
  name: 'nightly report',
  status: 'active',
  paused: null,
  cron: '30 2 * * *',
  timeZone: 'Europe/Berlin',
  overlap: 'skip',
  catchUpLimit: 1,
  nextAt: '2026-11-22T01:30:00.000Z',
  lastRun: null,
  createdAt: '2026-11-21T10:42:00.000Z',
  changedAt: '2026-11-21T10:42:00.000Z',
} as const;

export const ScheduleSummarySchema = z
  .strictObject(summaryFields)
  .meta({ id: 'ScheduleSummary', examples: [example] });
export type ScheduleSummaryView = z.infer<typeof ScheduleSummarySchema>;

export const ScheduleSchema = z
  .strictObject({
    ...summaryFields,
    taskCount: z.int().meta({ description: 'Tasks of each batch that it fires.' }),
    batch: z
      .unknown()
      .nullable()
      .meta({ description: 'A ScheduledBatch, as it was sent; null once it was erased.' }),
  })
  .meta({
    id: 'Schedule',
    examples: [{ ...example, taskCount: 4, batch: { name: 'nightly report', count: 4 } }],
  });
export type ScheduleView = z.infer<typeof ScheduleSchema>;
