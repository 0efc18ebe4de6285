import type { Tally } from './tally.js';

/**
 * Promises 1 and 2 after a change: once the worker has tended its tenants, no silo goes on that its tenant
 * may no longer have, and of a suspended tenant nothing that has not started, or nothing at all.
 */
export function toldToGo({ workloads, tenants }: Tally): string | null {
  for (const [workloadId, { tenantId, held }] of workloads) {
    const tenant = tenants.get(tenantId);
    if (held === null || held.over || held.evicted || tenant === undefined) continue;
    const { trust, trustBoundary, suspended, evictsRunning } = tenant;
    if (suspended && (evictsRunning || !held.started)) {
      return `told-to-go: ${workloadId} goes on, although its tenant is suspended`;
    }
    if (held.isolation === 'hyperv') continue;
    if (trust === 'hostile')
      return `told-to-go: ${workloadId} goes on in a silo of a hostile tenant`;
    if (held.trustBoundary !== trustBoundary) {
      return `told-to-go: ${workloadId} goes on in a silo of ${held.trustBoundary}`;
    }
  }
  return null;
}
