import { z } from 'zod';

const osVersion = z.string().meta({ examples: ['10.0.26100.1742'] });

export const ImageSchema = z
  .strictObject({
    id: z.string(),
    reference: z.string(),
    os: z.enum(['windows', 'linux']),
    architecture: z.enum(['amd64', 'arm64']),
    osVersion: osVersion.nullable(),
    base: z.enum(['nanoserver', 'servercore', 'server', 'linux']),
    publisher: z.string(),
    diskMiB: z.int(),
    revoked: z.boolean(),
  })
  .meta({ id: 'Image' });

export const PolicySchema = z
  .strictObject({
    version: z.int(),
    trustedPublishers: z.array(z.string()),
    kernelPatienceMs: z.int(),
    utilityVmReserve: z.strictObject({ cpuMillis: z.int(), memoryMiB: z.int() }),
    compatibilityVersion: z.int(),
  })
  .meta({
    id: 'Policy',
    examples: [
      {
        version: 1,
        trustedPublishers: ['microsoft'],
        kernelPatienceMs: 2_000,
        utilityVmReserve: { cpuMillis: 100, memoryMiB: 1_012 },
        compatibilityVersion: 1,
      },
    ],
  });

export const RuleListSchema = z
  .strictObject({ items: z.array(z.strictObject({ id: z.string(), text: z.string() })) })
  .meta({
    id: 'RuleList',
    examples: [
      { items: [{ id: 'tenant-hostile', text: 'A hostile tenant never shares a kernel.' }] },
    ],
  });

export type ImageView = z.infer<typeof ImageSchema>;
export type PolicyView = z.infer<typeof PolicySchema>;
export type RuleList = z.infer<typeof RuleListSchema>;
