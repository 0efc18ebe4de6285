import { messageTypes } from '@bulkhead/domain';
import { TEST_MESSAGE } from '@bulkhead/event-store';
import { z } from 'zod';
import { pageQuery } from '../paging/page.js';

export const TestMessageSchema = z
  .strictObject({ messageId: z.string().meta({ description: 'The webhook-id of the message.' }) })
  .meta({
    id: 'WebhookTest',
    examples: [{ messageId: 'msg_5d41402abc4b2a76b9719d911017c592' }],
  });
export type TestMessageView = z.infer<typeof TestMessageSchema>;

export const ResendSchema = z
  .strictObject({ messageId: z.string().meta({ description: 'The webhook-id, which stays.' }) })
  .meta({
    id: 'WebhookResend',
    examples: [{ messageId: 'msg_5d41402abc4b2a76b9719d911017c592' }],
  });
export type ResendView = z.infer<typeof ResendSchema>;

/** What may have become of a message. */
const OUTCOMES = ['waiting', 'delivered', 'given-up', 'dropped', 'left-out'] as const;

export const DeliveryListQuery = z.strictObject({
  ...pageQuery,
  outcome: z.enum(OUTCOMES).optional().meta({ description: 'Only these.' }),
});
export type DeliveryListRequest = z.infer<typeof DeliveryListQuery>;

export const DeliverySchema = z
  .strictObject({
    messageId: z.string().meta({ description: 'The webhook-id, the same for every try.' }),
    type: z.enum([TEST_MESSAGE, ...messageTypes] as [string, ...string[]]),
    subject: z.string().meta({ description: 'The workload or batch that has ended.' }),
    outcome: z.enum(OUTCOMES).meta({
      description:
        'given-up: not accepted by any try. dropped: the webhook was disabled before. left-out: never tried, because too many waited already.',
    }),
    tries: z.int().meta({ description: 'Since it was made, or sent again.' }),
    lastTriedAt: z.string().nullable(),
    lastStatusCode: z.int().nullable().meta({ description: 'What the receiver answered last.' }),
    lastFailure: z.string().nullable().meta({
      description:
        'Why there was no answer to the last try: address-refused, https-required, name-not-found, no-connection, tls, timeout, bad-answer, unsendable or content-erased.',
    }),
    nextTryAt: z.string().nullable().meta({ description: 'Null where it is not tried again.' }),
    madeAt: z.string(),
    endedAt: z.string().nullable(),
  })
  .meta({
    id: 'WebhookDelivery',
    examples: [
      {
        messageId: 'msg_5d41402abc4b2a76b9719d911017c592',
        type: 'batch.succeeded',
        subject: 'bat_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f',
        outcome: 'delivered',
        tries: 2,
        lastTriedAt: '2026-11-22T04:08:05.120Z',
        lastStatusCode: 204,
        lastFailure: null,
        nextTryAt: null,
        madeAt: '2026-11-22T04:08:00.000Z',
        endedAt: '2026-11-22T04:08:05.180Z',
      },
    ],
  });
export type DeliveryView = z.infer<typeof DeliverySchema>;
