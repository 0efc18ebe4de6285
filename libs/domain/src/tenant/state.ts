import { unknownEvent } from '../decider.js';
import type { TimeMs } from '../event.js';
import type { TenantId } from '../ids.js';
import type { TenantEvent, TrustBoundary, TrustLevel } from './events.js';
import { defaultQuota, type TenantQuota } from './quota.js';

/** What an operator did to a tenant: since when, why it is as it is now, and whether what runs has to go as well. */
export interface Suspension {
  readonly evict: boolean;
  readonly atMs: TimeMs;
  readonly reason: string;
}

export interface TenantState {
  readonly tenantId: TenantId | null;
  readonly name: string;
  readonly trust: TrustLevel;
  readonly trustBoundary: TrustBoundary;
  /** Null while it may submit and start. */
  readonly suspension: Suspension | null;
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
    case 'TenantSuspended': {
      // One that is made stricter goes on, for the later reason.
      const atMs = state.suspension?.atMs ?? event.occurredAtMs;
      return { ...state, suspension: { ...event.payload, atMs } };
    }
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
