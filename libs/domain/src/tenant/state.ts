import { unknownEvent } from '../decider.js';
import type { TimeMs } from '../event.js';
import type { TenantId } from '../ids.js';
import type { TenantEvent, TrustBoundary, TrustLevel } from './events.js';
import { defaultQuota, type TenantQuota } from './quota.js';

export interface TenantState {
  readonly tenantId: TenantId | null;
  readonly name: string;
  readonly trust: TrustLevel;
  readonly trustBoundary: TrustBoundary;
  /** Null while it may submit and start; `evict` tells whether what runs has to go as well. */
  readonly suspension: { readonly evict: boolean } | null;
  readonly quota: TenantQuota;
  readonly registeredAtMs: TimeMs;
}

/** Before registration. Its trust is the lowest, so that nothing can be gained from a missing tenant. */
export const unregisteredTenant: TenantState = {
  tenantId: null,
  name: '',
  trust: 'hostile',
  trustBoundary: 'own:ten_',
  suspension: null,
  quota: defaultQuota,
  registeredAtMs: 0,
};

export function evolveTenant(state: TenantState, event: TenantEvent): TenantState {
  switch (event.type) {
    case 'TenantRegistered':
      return {
        suspension: null,
        quota: defaultQuota,
        registeredAtMs: event.occurredAtMs,
        ...event.payload,
      };
    case 'TenantTrustChanged':
      return { ...state, trust: event.payload.to };
    case 'TenantBoundaryChanged':
      return { ...state, trustBoundary: event.payload.to };
    case 'TenantSuspended':
      return { ...state, suspension: { evict: event.payload.evict } };
    case 'TenantReinstated':
      return { ...state, suspension: null };
    case 'TenantQuotaChanged':
      return { ...state, quota: event.payload.quota };
    default:
      return unknownEvent(event);
  }
}

/** The boundary in which a tenant is alone. */
export function ownBoundary(tenantId: TenantId): TrustBoundary {
  return `own:${tenantId}`;
}
