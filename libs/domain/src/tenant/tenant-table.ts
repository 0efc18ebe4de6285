import type { TrustLevel } from './events.js';
import type { TenantState } from './state.js';

/**
 * How far a tenant is trusted, and whether it may share a kernel: `grouped` is trusted and in a named
 * boundary. There is no other way into one.
 */
export type TenantStanding = 'absent' | TrustLevel | 'grouped';

/** What operators make of a tenant; a register names what it is to be. */
export type StandingAct =
  | 'register'
  | 'become-hostile'
  | 'become-standard'
  | 'become-trusted'
  | 'join-group'
  | 'leave-group';

/** Where the act leads: the same standing changes nothing, except from one group into another. */
export type StandingAnswer = Exclude<TenantStanding, 'absent'> | 'as-named' | StandingRefusal;
export type StandingRefusal = 'TENANT_EXISTS' | 'TENANT_NOT_FOUND' | 'BOUNDARY_NEEDS_TRUST';

/** Where each act leads from each standing. Whoever stops being trusted leaves its group in the same append. */
export const tenantStandingTable: Readonly<
  Record<StandingAct, Readonly<Record<TenantStanding, StandingAnswer>>>
> = {
  register: {
    absent: 'as-named',
    hostile: 'TENANT_EXISTS',
    standard: 'TENANT_EXISTS',
    trusted: 'TENANT_EXISTS',
    grouped: 'TENANT_EXISTS',
  },
  'become-hostile': everyTenant('hostile'),
  'become-standard': everyTenant('standard'),
  'become-trusted': { ...everyTenant('trusted'), grouped: 'grouped' },
  'join-group': {
    absent: 'TENANT_NOT_FOUND',
    hostile: 'BOUNDARY_NEEDS_TRUST',
    standard: 'BOUNDARY_NEEDS_TRUST',
    trusted: 'grouped',
    grouped: 'grouped',
  },
  'leave-group': {
    absent: 'TENANT_NOT_FOUND',
    hostile: 'hostile',
    standard: 'standard',
    trusted: 'trusted',
    grouped: 'trusted',
  },
};

/** `evicted`: suspended, and what ran has to go as well. */
export type TenantActivity = 'active' | 'suspended' | 'evicted';
export type ActivityAct = 'suspend' | 'suspend-and-evict' | 'reinstate';

/** A suspension is only made stricter; its end takes it all back. */
export const tenantActivityTable: Readonly<
  Record<ActivityAct, Readonly<Record<TenantActivity, TenantActivity>>>
> = {
  suspend: { active: 'suspended', suspended: 'suspended', evicted: 'evicted' },
  'suspend-and-evict': { active: 'evicted', suspended: 'evicted', evicted: 'evicted' },
  reinstate: { active: 'active', suspended: 'active', evicted: 'active' },
};

export function tenantStandingOf({ tenantId, trust, trustBoundary }: TenantState): TenantStanding {
  if (tenantId === null) return 'absent';
  return trust === 'trusted' && trustBoundary.startsWith('group:') ? 'grouped' : trust;
}

export function tenantActivityOf({ suspension }: TenantState): TenantActivity {
  if (suspension === null) return 'active';
  return suspension.evict ? 'evicted' : 'suspended';
}

function everyTenant(to: StandingAnswer): Readonly<Record<TenantStanding, StandingAnswer>> {
  return { absent: 'TENANT_NOT_FOUND', hostile: to, standard: to, trusted: to, grouped: to };
}
