import { defaultQuota, type TenantState } from '@bulkhead/domain';
import { z } from 'zod';
import { name, reason } from '../http/text.js';
import { timeText } from '../sources.js';

const trust = z.enum(['trusted', 'standard', 'hostile']).meta({
  description:
    'trusted: own or vetted code. standard: a known customer. hostile: anyone else; the default.',
});
const boundary = z
  .string()
  .max(63)
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lowercase letters, digits and single dashes')
  .meta({ description: 'A named boundary that trusted tenants may share.' });

export const TenantRegistration = z
  .strictObject({ name: name(200), trust: trust.default('hostile'), boundary: boundary.optional() })
  .meta({ id: 'TenantRegistration', examples: [{ name: 'Harbour Works', trust: 'standard' }] });
export type TenantRegistrationBody = z.infer<typeof TenantRegistration>;

export const TrustChange = z
  .strictObject({ trust, reason })
  .meta({ id: 'TrustChange', examples: [{ trust: 'hostile', reason: 'leaked credentials' }] });
export type TrustChangeBody = z.infer<typeof TrustChange>;

export const BoundaryChange = z
  .strictObject({
    boundary: boundary.nullable().meta({ description: 'null puts it alone into its own.' }),
    reason,
  })
  .meta({ id: 'BoundaryChange', examples: [{ boundary: 'platform', reason: 'first-party code' }] });
export type BoundaryChangeBody = z.infer<typeof BoundaryChange>;

export const Suspension = z
  .strictObject({
    evict: z.boolean().default(false).meta({
      description: 'Whether what runs is evicted as well, and not only what has not started.',
    }),
    reason,
  })
  .meta({ id: 'Suspension', examples: [{ evict: true, reason: 'stolen credentials' }] });
export type SuspensionBody = z.infer<typeof Suspension>;

export const Reinstatement = z
  .strictObject({ reason })
  .meta({ id: 'Reinstatement', examples: [{ reason: 'credentials replaced' }] });
export type ReinstatementBody = z.infer<typeof Reinstatement>;

const limit = (max: number) => z.int().min(0).max(max);
const quotas = {
  workloads: limit(10_000_000).meta({ description: 'Workloads that hold a place at a time.' }),
  cpuMillis: limit(100_000_000_000).meta({ description: 'Held, utility-VM reserves included.' }),
  memoryMiB: limit(1_000_000_000_000).meta({ description: 'Held, utility-VM reserves included.' }),
  utilityVms: limit(10_000_000),
  batchTasks: limit(10_000).meta({ description: 'Tasks of one batch.' }),
  submissionsPerMinute: limit(1_000_000).nullable().meta({
    description: 'Workloads and batches, each counted once. null: without limit, and not counted.',
  }),
  pendingWorkloads: limit(10_000_000).nullable().meta({
    description: 'Workloads that wait for a place when one more is submitted. null: without limit.',
  }),
};
/** Who says nothing of a limit that came later sets none. */
const quotaChange = {
  ...quotas,
  submissionsPerMinute: quotas.submissionsPerMinute.default(null),
  pendingWorkloads: quotas.pendingWorkloads.default(null),
};

export const QuotaChange = z.strictObject({ ...quotaChange, reason }).meta({
  id: 'QuotaChange',
  examples: [
    { ...defaultQuota, workloads: 500, submissionsPerMinute: 600, reason: 'contract signed' },
  ],
});
export type QuotaChangeBody = z.infer<typeof QuotaChange>;

const tenantFields = {
  id: z.string(),
  name: z.string(),
  trust,
  boundary: z.string(),
  suspended: z.boolean().meta({ description: 'Whether it may neither submit nor start.' }),
  quota: z.strictObject(quotas),
  registeredAt: z.string(),
};
const tenantExample = {
  id: 'ten_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f',
  name: 'Harbour Works',
  trust: 'standard',
  boundary: 'own:ten_019aa5c1d2f27c3e8b5f0a1b2c3d4e5f',
  suspended: false,
  quota: defaultQuota,
  registeredAt: '2026-11-21T10:42:00.000Z',
} as const;

const use = z
  .strictObject({
    workloads: z.int(),
    cpuMillis: z.int(),
    memoryMiB: z.int(),
    utilityVms: z.int(),
    pendingWorkloads: z.int(),
    openWorkloads: z.int().meta({
      description:
        'Workloads that have not ended, and all tasks of batches that have not. Bounded by `limits.openWorkloads`.',
    }),
    submissionsThisMinute: z.int().nullable().meta({
      description: 'null where there is no limit, because then nobody counts.',
    }),
  })
  .meta({ id: 'TenantUse', description: 'What of the quota is used. May trail by a moment.' });

const limits = z
  .strictObject({
    openWorkloads: z.int().meta({
      description:
        'Workloads and tasks of batches that may be accepted and not ended. What is beyond it is refused with 422 `QUOTA_EXCEEDED`.',
    }),
  })
  .meta({ id: 'InstallationLimits', description: 'The same for every tenant, beside its quota.' });

/** A tenant as it sees itself. */
export const OwnTenantSchema = z.strictObject({ ...tenantFields, limits, use }).meta({
  id: 'OwnTenant',
  examples: [
    {
      ...tenantExample,
      limits: { openWorkloads: 100_000 },
      use: {
        workloads: 2,
        cpuMillis: 1_200,
        memoryMiB: 1_536,
        utilityVms: 2,
        pendingWorkloads: 0,
        openWorkloads: 2,
        submissionsThisMinute: null,
      },
    },
  ],
});
export type OwnTenantView = z.infer<typeof OwnTenantSchema>;

const suspension = z
  .strictObject({ since: z.string(), reason: z.string(), evict: z.boolean() })
  .nullable()
  .meta({
    description:
      'Since when it is suspended, why, and whether what runs has to go too; null unless it is. Operators alone see it.',
  });

export const TenantSchema = z
  .strictObject({ ...tenantFields, suspension })
  .meta({ id: 'Tenant', examples: [{ ...tenantExample, suspension: null }] });
export type TenantView = z.infer<typeof TenantSchema>;

/** A tenant as operators see it: reasons are theirs, and may name somebody else. */
export function tenantView(state: TenantState): TenantView {
  const { suspension: suspended } = state;
  // A row that an older version wrote knows nothing of time and reason.
  const isTold = suspended?.atMs !== undefined;
  const suspension = isTold
    ? { since: timeText(suspended.atMs), reason: suspended.reason, evict: suspended.evict }
    : null;
  return { ...ownTenantView(state), suspension };
}

/** What a tenant may see of itself. */
export function ownTenantView(state: TenantState): Omit<TenantView, 'suspension'> {
  const { tenantId, name, trust: level, trustBoundary: boundary, registeredAtMs } = state;
  if (tenantId === null) throw new Error('there is no such tenant');
  const registeredAt = timeText(registeredAtMs);
  // A list row that an older version wrote knows nothing of what did not exist then.
  const suspended = (state.suspension ?? null) !== null;
  const quota = { ...defaultQuota, ...state.quota };
  return { id: tenantId, name, trust: level, boundary, suspended, quota, registeredAt };
}
