import { z } from 'zod';

const text = z.string();
const time = text.meta({ description: 'RFC 3339, UTC, with milliseconds.' });

const facts = {
  id: text,
  status: z.enum(['requested', 'saved', 'retired']).meta({
    description: 'requested: to be saved. saved: may be cloned. retired: never again.',
  }),
  hostId: text,
  bootId: text.meta({ description: 'The boot that it belongs to, and ends with.' }),
  hostVersion: text,
  kernelInstanceId: text.meta({ description: 'The kernel that booted to be saved.' }),
  image: text,
  imageId: text,
  kernelVersion: text.nullable().meta({ description: "The guest's; null for a Linux guest." }),
  manifestDigest: text.nullable(),
  sharing: z.enum(['own-boundary', 'trusted-boundaries']),
  trustBoundary: text,
  warmCopies: z.int(),
  requestedAt: time,
  retirement: text.nullable().meta({ description: 'Why it was retired; null until then.' }),
};

const holder = { tenantId: text, trustBoundary: text };

export const HostTemplatesSchema = z
  .strictObject({
    items: z.array(
      z.strictObject({
        ...facts,
        holders: z.array(z.strictObject({ ...holder, clones: z.int() })).meta({
          description: 'Who holds its pages now, and with how many clones.',
        }),
      }),
    ),
  })
  .meta({
    id: 'HostTemplates',
    description: 'What the host has saved in this boot, retired ones too, by id.',
  });
export type HostTemplatesView = z.infer<typeof HostTemplatesSchema>;

/** How many clones an answer names. All of them are counted. */
export const CLONES_TOLD_MAX = 1_000;

export const AuditTemplateSchema = z
  .strictObject({
    ...facts,
    clonesTotal: z.int(),
    clones: z
      .array(
        z.strictObject({
          workloadId: text,
          ...holder,
          computeSystemId: text,
          fromPosition: z.int(),
          from: time.meta({ description: 'When its start was recorded.' }),
          until: time.nullable().meta({
            description: 'When its release was recorded; null while it holds pages.',
          }),
          warmCopy: z.int().nullable().meta({ description: 'The ready copy that it claimed.' }),
          runtimeId: text.nullable(),
          sharedPagesWith: z.array(text).meta({
            description: 'Workloads of other tenants that held pages of it meanwhile.',
          }),
        }),
      )
      .meta({ description: `The first ${CLONES_TOLD_MAX}, in the order of their starts.` }),
  })
  .meta({ id: 'AuditTemplate', description: 'A template, and who shared its pages when.' });
export type AuditTemplateView = z.infer<typeof AuditTemplateSchema>;
export type TemplateFactsView = Pick<AuditTemplateView, keyof typeof facts>;
