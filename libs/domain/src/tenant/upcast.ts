import type { UpcastsOf } from '../upcasts.js';
import type { TenantQuotaChanged } from './events.js';
import type { TenantQuota } from './quota.js';

interface Version1 {
  readonly quota: Omit<TenantQuota, 'submissionsPerMinute' | 'pendingWorkloads'>;
  readonly reason: string;
}

/** Nobody counted what was submitted or waited, so there was no limit to either. */
export const tenantQuotaChangedUpcasts: UpcastsOf<TenantQuotaChanged> = {
  1: ({ quota, reason }: Version1): TenantQuotaChanged['payload'] => ({
    quota: { ...quota, submissionsPerMinute: null, pendingWorkloads: null },
    reason,
  }),
};
