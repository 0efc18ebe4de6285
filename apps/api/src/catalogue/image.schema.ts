import {
  DIGEST_MAX_LENGTH,
  diskMiBOf,
  formatOsVersion,
  IMAGE_LAYERS_MAX,
  type ImageState,
  isDigest,
  parseOsVersion,
} from '@bulkhead/domain';
import { z } from 'zod';
import { name, reason } from '../http/text.js';
import { submissionFields } from '../workloads/submission.schema.js';

const LAYER_MAX_MIB = 1_048_576;
const URL_MAX_LENGTH = 2_048;

const digest = z
  .string()
  .max(DIGEST_MAX_LENGTH)
  .refine(isDigest, 'must be a digest: algorithm:encoded')
  .meta({ examples: [`sha256:${'0'.repeat(64)}`] });
const sizeMiB = z.int().min(0).max(LAYER_MAX_MIB);

const layer = z
  .strictObject({
    digest,
    compressedMiB: sizeMiB.meta({ description: 'What a pull transfers.' }),
    unpackedMiB: sizeMiB.meta({ description: 'What a host stores.' }),
  })
  .meta({ id: 'ImageLayer' });

const facts = {
  reference: submissionFields.image.meta({ description: 'As workloads name it.' }),
  os: z.enum(['windows', 'linux']),
  architecture: z.enum(['amd64', 'arm64']),
  base: z.enum(['nanoserver', 'servercore', 'server', 'linux']),
  publisher: name(200).meta({ description: 'Policy says whose images may share a kernel.' }),
  layers: z.array(layer).min(1).max(IMAGE_LAYERS_MAX).meta({
    description: 'From the base upwards. Images that name the same digest share the layer.',
  }),
};

const example = {
  reference: 'registry.example.org/reports:7',
  os: 'windows',
  architecture: 'amd64',
  osVersion: '10.0.20348.2461',
  base: 'nanoserver',
  publisher: 'reports-team',
  layers: [
    { digest: 'seeded:nanoserver-20348-base', compressedMiB: 113, unpackedMiB: 283 },
    { digest: `sha256:${'a'.repeat(64)}`, compressedMiB: 12, unpackedMiB: 30 },
  ],
} as const;

export const ImageRegistration = z
  .strictObject({
    ...facts,
    osVersion: z
      .string()
      .max(32)
      .refine((value) => parseOsVersion(value) !== null, 'must be four dotted numbers')
      .optional()
      .meta({ description: 'Of Windows images, which need one.', examples: ['10.0.20348.2461'] }),
    manifestDigest: digest.optional(),
    attestation: z.url().max(URL_MAX_LENGTH).optional().meta({
      description: 'Where a signed statement about its build lies. It is kept, not checked.',
    }),
  })
  .superRefine(({ os, osVersion, base, layers }, context) => {
    const wrong = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: 'custom', path, message });
    if ((os === 'windows') !== (osVersion !== undefined)) {
      wrong(['osVersion'], 'a Windows image needs one, a Linux image has none');
    }
    if ((os === 'linux') !== (base === 'linux')) wrong(['base'], `is no base of a ${os} image`);
    const seen = new Set<string>();
    for (const [at, { digest: name }] of layers.entries()) {
      if (seen.has(name)) wrong(['layers', at, 'digest'], 'stands in the image twice');
      seen.add(name);
    }
  })
  .meta({ id: 'ImageRegistration', examples: [example] });
export type ImageRegistrationBody = z.infer<typeof ImageRegistration>;

export const ImageRevocation = z
  .strictObject({ reason })
  .meta({ id: 'ImageRevocation', examples: [{ reason: 'holds a stolen key' }] });
export type ImageRevocationBody = z.infer<typeof ImageRevocation>;

export const ImageSchema = z
  .strictObject({
    id: z.string(),
    ...facts,
    osVersion: z
      .string()
      .nullable()
      .meta({ examples: ['10.0.26100.1742'] }),
    diskMiB: z.int().meta({ description: 'What a host stores that has none of the layers.' }),
    provenance: z.strictObject({
      origin: z.enum(['seeded', 'registered', 'unrecorded']).meta({
        description: 'unrecorded: registered before provenance was recorded.',
      }),
      manifestDigest: z.string().nullable(),
      attestation: z.string().nullable(),
    }),
    revoked: z.boolean(),
  })
  .meta({ id: 'Image' });
export type ImageView = z.infer<typeof ImageSchema>;

export function imageView({ registered, revoked }: ImageState): ImageView {
  if (registered === null) throw new Error('there is no such image');
  const { imageId: id, osVersion, layers, provenance, ...told } = registered;
  return {
    id,
    ...told,
    layers: layers.map((one) => ({ ...one })),
    osVersion: osVersion === null ? null : formatOsVersion(osVersion),
    diskMiB: diskMiBOf(layers),
    provenance: { ...provenance },
    revoked,
  };
}
