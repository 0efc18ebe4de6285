import type { Event } from '../event.js';
import type { TenantId } from '../ids.js';
import type { TenantQuota } from './quota.js';

/** `trusted`: the platform's own or vetted code. `standard`: a known customer. `hostile`: anyone else. */
export type TrustLevel = 'trusted' | 'standard' | 'hostile';

/**
 * The set of tenants that may share a kernel: `own:<tenant id>` for a tenant alone in its own,
 * `group:<name>` for a named one, which only trusted tenants can be members of.
 */
export type TrustBoundary = `own:${TenantId}` | `group:${string}`;

export type TenantRegistered = Event<
  'TenantRegistered',
  1,
  { tenantId: TenantId; name: string; trust: TrustLevel; trustBoundary: TrustBoundary }
>;
export type TenantTrustChanged = Event<
  'TenantTrustChanged',
  1,
  { from: TrustLevel; to: TrustLevel; reason: string }
>;
export type TenantBoundaryChanged = Event<
  'TenantBoundaryChanged',
  1,
  { from: TrustBoundary; to: TrustBoundary; reason: string }
>;

/** `evict`: what runs goes too; else only what has not started. */
export type TenantSuspended = Event<'TenantSuspended', 1, { evict: boolean; reason: string }>;
export type TenantReinstated = Event<'TenantReinstated', 1, { reason: string }>;

export type TenantQuotaChanged = Event<
  'TenantQuotaChanged',
  2,
  { quota: TenantQuota; reason: string }
>;

export type TenantEvent =
  | TenantRegistered
  | TenantTrustChanged
  | TenantBoundaryChanged
  | TenantSuspended
  | TenantReinstated
  | TenantQuotaChanged;
