import { type MessageType, messageTypes } from '@bulkhead/domain';
import { z } from 'zod';

export const URL_MAX_LENGTH = 2_000;
/** Messages wait for days at most, and a secret that should not sign any more is not kept for longer. */
export const OVERLAP_SECONDS_MAX = 7 * 24 * 60 * 60;
const OVERLAP_SECONDS_DEFAULT = 24 * 60 * 60;

/** What a URL is read without, or as something else: it would not go where it seems to go. */
const MISLEADING = /[\p{C}\p{Z}\\]/u;
/** Who and where only: what signs in is the signature, and a fragment never reaches a server. */
const MORE_THAN_WHERE = /#|^https?:\/*[^/?]*@/i;

const url = z
  .url({ protocol: /^https?$/, error: 'must be an https:// or http:// URL' })
  .max(URL_MAX_LENGTH)
  .refine((text) => !MISLEADING.test(text), {
    error: 'must hold no white space, control character or backslash',
  })
  .refine((text) => !MORE_THAN_WHERE.test(text), {
    error: 'must hold neither a user nor a password nor a fragment',
  })
  .refine((text) => !URL.canParse(text) || new URL(text).port !== '0', {
    error: 'must not have port 0, which nobody can be reached at',
  })
  .meta({
    description:
      'Where messages are sent to, with POST. Plain http, and private, loopback, link-local and other special addresses, only where the operator of the platform allows them. It is kept as it is understood: 127.1 becomes 127.0.0.1.',
    examples: ['https://hooks.example/bulkhead'],
  });

const wantedTypes = z
  .array(z.enum(messageTypes as readonly [MessageType, ...MessageType[]]))
  .min(1)
  .max(messageTypes.length)
  .refine((types) => new Set(types).size === types.length, 'must name each type once')
  .meta({ description: 'What it is told of.' });

export const WebhookSubmission = z
  .strictObject({
    url,
    messageTypes: wantedTypes.default([...messageTypes]).meta({
      description: 'What it is told of: everything, where left out.',
    }),
  })
  .meta({
    id: 'WebhookSubmission',
    examples: [
      {
        url: 'https://hooks.example/bulkhead',
        messageTypes: ['workload.failed', 'batch.succeeded', 'batch.failed'],
      },
    ],
  });
export type WebhookBody = z.infer<typeof WebhookSubmission>;

export const WebhookChange = z
  .strictObject({ url, messageTypes: wantedTypes })
  .partial()
  .refine((change) => Object.keys(change).length > 0, 'changes nothing')
  .meta({ id: 'WebhookChange', examples: [{ messageTypes: ['batch.succeeded'] }] });
export type WebhookChangeBody = z.infer<typeof WebhookChange>;

export const SecretRotation = z
  .strictObject({
    overlapSeconds: z
      .int()
      .min(0)
      .max(OVERLAP_SECONDS_MAX)
      .default(OVERLAP_SECONDS_DEFAULT)
      .meta({
        description: `For how long earlier secrets sign as well: ${OVERLAP_SECONDS_DEFAULT} where left out, 0 for one that others know.`,
      }),
  })
  .meta({ id: 'SecretRotation', examples: [{ overlapSeconds: 3600 }] });
export type SecretRotationBody = z.infer<typeof SecretRotation>;

export const WebhookAct = z
  .strictObject({})
  .meta({ id: 'WebhookAct', description: 'Nothing needs to be said.' });

const view = {
  id: z.string(),
  url: z.string().nullable().meta({ description: 'Null where it was erased.' }),
  messageTypes: z.array(z.enum(messageTypes as readonly [MessageType, ...MessageType[]])),
  status: z.enum(['enabled', 'disabled']),
  disabled: z
    .strictObject({
      cause: z.enum(['failures', 'gone', 'content-erased', 'tenant']).meta({
        description:
          'failures: too many messages in a row were given up, or none was accepted for days. gone: the receiver answered 410. content-erased: its URL and secrets were erased; name another URL and rotate the secret before it is enabled. tenant: you wanted it so.',
      }),
      failures: z.int().meta({ description: 'Messages in a row that were given up.' }),
      failingSince: z
        .string()
        .nullable()
        .meta({ description: 'Null where no failure is behind it.' }),
      disabledAt: z.string(),
    })
    .nullable(),
  secrets: z
    .array(z.strictObject({ version: z.int(), signsUntil: z.string().nullable() }))
    .meta({ description: 'Those that sign now, the newest first; what they are is never shown.' }),
  createdAt: z.string(),
  warnings: z
    .array(
      z.strictObject({
        failure: z
          .enum(['address-refused', 'https-required', 'name-not-found'])
          .meta({ description: 'What lastFailure of every message would be.' }),
        detail: z.string(),
      }),
    )
    .meta({
      description:
        'Why messages will not arrive, as far as the URL itself tells. What a name leads to is found out when a message is sent.',
    }),
};
const example = {
  id: 'whk_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f',
  url: 'https://hooks.example/bulkhead',
  messageTypes: ['workload.failed', 'batch.succeeded', 'batch.failed'],
  status: 'enabled',
  disabled: null,
  secrets: [{ version: 1, signsUntil: null }],
  createdAt: '2026-11-22T04:08:00.000Z',
  warnings: [],
} as const;

export const WebhookSchema = z.strictObject(view).meta({ id: 'Webhook', examples: [example] });
export type WebhookView = z.infer<typeof WebhookSchema>;

export const WebhookWithSecretSchema = z
  .strictObject({
    ...view,
    secret: z.string().meta({
      description: 'Verifies signatures, as Standard Webhooks have it. Shown this once.',
    }),
  })
  .meta({
    id: 'WebhookWithSecret',
    examples: [{ ...example, secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw' }],
  });
export type WebhookWithSecret = z.infer<typeof WebhookWithSecretSchema>;
