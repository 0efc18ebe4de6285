import { z } from 'zod';

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

export type PolicyView = z.infer<typeof PolicySchema>;
export type RuleList = z.infer<typeof RuleListSchema>;
