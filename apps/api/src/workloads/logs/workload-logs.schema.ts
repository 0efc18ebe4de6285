import { z } from 'zod';
import { queryBoolean, queryInt } from '../../http/text.js';
import { pageOf, pageQuery } from '../../paging/page.js';

const ATTEMPTS_MAX = 2_147_483_647;

export const WorkloadLogsQuery = z
  .strictObject({
    ...pageQuery,
    attempt: queryInt(1, ATTEMPTS_MAX)
      .optional()
      .meta({ description: 'Of this attempt alone, counted from 1.' }),
    stream: z.enum(['stdout', 'stderr']).optional().meta({
      description: 'Of this stream alone, without what the service says about it.',
    }),
    follow: queryBoolean.default(false).meta({
      description: 'Streams what is written until the workload has ended.',
    }),
  })
  .refine(({ follow, cursor }) => !follow || cursor === undefined, {
    path: ['cursor'],
    message: 'cannot be given with follow, which goes on after Last-Event-ID',
  });
export type WorkloadLogsRequest = z.infer<typeof WorkloadLogsQuery>;

/** A piece of what a workload wrote. */
export const LogChunkSchema = z
  .strictObject({
    attempt: z.int().meta({ description: 'Counted from 1.' }),
    offset: z
      .int()
      .meta({ description: 'Counts the chunks of its attempt from 0, without a gap.' }),
    stream: z.enum(['stdout', 'stderr', 'notice']).meta({
      description:
        'notice: not written by the workload. The service says that the rest is missing, and why.',
    }),
    writtenAt: z.string().meta({ description: 'By the clock of its host.' }),
    text: z.string().meta({
      description:
        'With its line ends; a long line comes in several chunks. U+FFFD stands for what is no UTF-8, and for U+0000.',
    }),
  })
  .meta({
    id: 'LogChunk',
    examples: [
      {
        attempt: 1,
        offset: 0,
        stream: 'stdout',
        writtenAt: '2026-11-21T10:42:00.000Z',
        text: 'reading orders.csv\n',
      },
    ],
  });
export type LogChunkView = z.infer<typeof LogChunkSchema>;

export const WorkloadLogPage = pageOf(LogChunkSchema, 'WorkloadLogPage');
