import type { ConsumerRow } from '@bulkhead/event-store';
import { z } from 'zod';
import { reason } from '../http/text.js';
import { timeText } from '../sources.js';
import { adviceFor } from './advice-for.js';

const position = z.int().min(1).max(Number.MAX_SAFE_INTEGER);

export const ConsumerSkip = z
  .strictObject({
    position: position.meta({ description: 'Of the event that the consumer stands before.' }),
    reason,
  })
  .meta({
    id: 'ConsumerSkip',
    examples: [{ position: 1_204_711, reason: 'written by a build that was taken back' }],
  });
export type ConsumerSkipBody = z.infer<typeof ConsumerSkip>;

export const ConsumerRetry = z
  .strictObject({ reason })
  .meta({ id: 'ConsumerRetry', examples: [{ reason: 'the disk has room again' }] });
export type ConsumerRetryBody = z.infer<typeof ConsumerRetry>;

export const CONSUMER_STATUSES = ['working', 'idle', 'waiting', 'stopped'] as const;

export const ConsumerSchema = z
  .strictObject({
    name: z.string(),
    status: z.enum(CONSUMER_STATUSES).meta({
      description:
        'working: a worker follows the log for it. idle: no worker does. waiting: for a newer version of the worker, which alone knows the next event. stopped: the next event cannot be applied, and an operator has to act.',
    }),
    position: z.int().meta({ description: 'Everything in the log up to here has taken effect.' }),
    lagEvents: z.int(),
    lagSeconds: z.number().meta({ description: 'Age of the oldest event that it has not passed.' }),
    owner: z.string().nullable().meta({ description: 'The process that works for it now.' }),
    projection: z.string().nullable().meta({ description: 'Whose rows it makes; null for none.' }),
    isRebuilding: z
      .boolean()
      .meta({ description: 'Whether nobody reads yet what it makes, so that it may trail.' }),
    skippedEvents: z.int().meta({ description: 'How many events operators had it leave out.' }),
    trouble: z
      .strictObject({
        position: z.int().meta({ description: 'Of the event that it stands before.' }),
        eventId: z.string().nullable(),
        stream: z.string().nullable(),
        type: z.string().meta({
          description: 'Of that event; TreeStopped where the log itself is in question.',
        }),
        reason: z.string(),
        advice: z.string().meta({ description: 'What to do, in words.' }),
        since: z.string(),
        stoppedAt: z.string().meta({ description: 'When a worker last tried in vain.' }),
        tries: z.int().meta({ description: 'How often workers have tried in vain since then.' }),
        maySkip: z.boolean(),
      })
      .nullable(),
  })
  .meta({ id: 'Consumer' });
export type ConsumerView = z.infer<typeof ConsumerSchema>;

export const ConsumerListSchema = z
  .strictObject({ items: z.array(ConsumerSchema) })
  .meta({ id: 'ConsumerList' });
export type ConsumerListView = z.infer<typeof ConsumerListSchema>;

export const ConsumerActSchema = z
  .strictObject({
    consumer: ConsumerSchema,
    consequence: z.string().meta({ description: 'What happens now, in words.' }),
  })
  .meta({ id: 'ConsumerAct' });
export type ConsumerActView = z.infer<typeof ConsumerActSchema>;

export function consumerView(row: ConsumerRow): ConsumerView {
  const { name, position: at, lagEvents, owner, projection, trouble } = row;
  return {
    name,
    status: statusOf(row),
    position: at,
    lagEvents,
    lagSeconds: row.lagMs / 1_000,
    owner,
    projection,
    isRebuilding: row.isBuilding,
    skippedEvents: row.skippedCount,
    trouble:
      trouble === null
        ? null
        : {
            position: trouble.position,
            eventId: trouble.eventId,
            stream: trouble.stream,
            type: trouble.type,
            reason: trouble.reason,
            advice: adviceFor(row.name, trouble),
            since: timeText(trouble.sinceMs),
            stoppedAt: timeText(trouble.stoppedAtMs),
            tries: trouble.tries,
            maySkip: trouble.kind === 'stopped' && trouble.mayBeSkipped,
          },
  };
}

function statusOf({ trouble, owner }: ConsumerRow): ConsumerView['status'] {
  if (trouble !== null) return trouble.kind;
  return owner === null ? 'idle' : 'working';
}
