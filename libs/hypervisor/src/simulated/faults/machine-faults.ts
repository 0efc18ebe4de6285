import type { ComputeSystemId, TimeMs } from '@bulkhead/domain';
import type { ComputeSystem } from '../compute-system.js';
import { failureOf } from '../hcs/failure.js';

/** Nothing that is here does anything by itself any more, as far as the service can tell. */
export function freeze(systems: readonly ComputeSystem[]): void {
  for (const system of systems) system.freeze();
}

/** Starts that are under way come to nothing where `fails` says so. */
export function loseStarts(
  systems: readonly ComputeSystem[],
  fails: (id: ComputeSystemId) => boolean,
  nowMs: TimeMs,
): void {
  for (const system of systems) {
    if (system.state !== 'starting' || !fails(system.spec.computeSystemId)) continue;
    system.failStart(failureOf('HCS_E_SERVICE_DISCONNECT', nowMs));
  }
}
