import { z } from 'zod';

/** One line of the answer; metadata and payload are strings, because hashes are about bytes. */
export const LogEntryLine = z
  .strictObject({
    position: z.int(),
    eventId: z.string(),
    stream: z.string(),
    version: z.int(),
    type: z.string(),
    schemaVersion: z.int(),
    tenant: z.string().nullable(),
    occurredAt: z.string(),
    recordedAt: z.string(),
    metadata: z.string().meta({ description: 'The stored JSON text, byte for byte.' }),
    payload: z.string().meta({ description: 'The stored JSON text, byte for byte.' }),
  })
  .meta({
    id: 'LogEntryLine',
    description: 'One event as it is stored, on a line of its own.',
    examples: [
      {
        position: 1,
        eventId: '01937b2e-0000-7000-8000-000000000000',
        stream: 'policy',
        version: 1,
        type: 'PolicyPublished',
        schemaVersion: 1,
        tenant: null,
        occurredAt: '2026-11-21T10:42:00.000Z',
        recordedAt: '2026-11-21T10:42:00.000Z',
        metadata:
          '{"actor":{"id":"seed","kind":"system"},"causationPosition":null,"correlationId":"c1"}',
        payload: '{"version":1}',
      },
    ],
  });

export const VerificationRequest = z
  .strictObject({})
  .meta({ id: 'VerificationRequest', examples: [{}] });

export const VerificationSchema = z
  .strictObject({
    verified: z.boolean(),
    size: z.int().meta({ description: 'How many entries were found in order.' }),
    rootHash: z
      .string()
      .nullable()
      .meta({ description: 'Root of the tree over all of them, in base64; null where not.' }),
    signedSize: z.int().meta({ description: 'How many of them the newest tree head covers.' }),
    firstBadPosition: z.int().nullable(),
    lastBadPosition: z
      .int()
      .nullable()
      .meta({ description: 'Where only a stretch is known to hold the fault, its end.' }),
    problem: z.string().nullable().meta({ description: 'What is wrong, in a sentence.' }),
  })
  .meta({
    id: 'Verification',
    description: 'What a recomputation of the whole log has found.',
    examples: [
      {
        verified: true,
        size: 1_204_711,
        rootHash: 'CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=',
        signedSize: 1_204_690,
        firstBadPosition: null,
        lastBadPosition: null,
        problem: null,
      },
      {
        verified: false,
        size: 41,
        rootHash: null,
        signedSize: 1_204_690,
        firstBadPosition: 42,
        lastBadPosition: 42,
        problem: 'position 42 is not the entry that the tree was built from',
      },
    ],
  });
export type VerificationView = z.infer<typeof VerificationSchema>;
