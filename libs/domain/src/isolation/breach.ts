import type { TrustBoundary, TrustLevel } from '../tenant/events.js';
import type { EvictionCause } from '../workload/events.js';
import type { Isolation } from './decision.js';

/** What an attempt was placed with. */
export interface PlacedWall {
  readonly isolation: Isolation;
  readonly trustBoundary: TrustBoundary;
}

/** The tenant as the log holds it now. */
export interface TenantWall {
  readonly trust: TrustLevel;
  readonly trustBoundary: TrustBoundary;
}

/**
 * Why an attempt may no longer run as it was placed, or null while it may. A hostile tenant shares no
 * kernel (promise 1), and a silo belongs to the boundary that its tenant has now (promise 2). A utility
 * VM has a kernel of its own and is touched by neither.
 */
export function breachOf(placed: PlacedWall, tenant: TenantWall): EvictionCause | null {
  if (placed.isolation === 'hyperv') return null;
  if (tenant.trust === 'hostile') return 'trust-changed';
  return placed.trustBoundary === tenant.trustBoundary ? null : 'boundary-changed';
}
