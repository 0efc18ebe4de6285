import { batchUpcasts } from './batch/upcast.js';
import { BrokenInvariant } from './decider.js';
import type { DomainEvent } from './domain-event.js';
import type { AnyEvent } from './event.js';
import { hostUpcasts } from './host/upcast.js';
import { imageRegisteredUpcasts } from './image/upcast.js';
import { incidentReportedUpcasts } from './incident/upcast.js';
import { policyPublishedUpcasts } from './policy/upcast.js';
import { tenantQuotaChangedUpcasts } from './tenant/upcast.js';
import type { Upcasters, UpcastersOf } from './upcasts.js';
import { workloadUpcasts } from './workload/upcast.js';

/** How events of older versions are read: the functions of a stream stand in its `upcast.ts`. */
export const upcasters: UpcastersOf<DomainEvent> = {
  ...workloadUpcasts,
  ...batchUpcasts,
  ...hostUpcasts,
  PolicyPublished: policyPublishedUpcasts,
  ImageRegistered: imageRegisteredUpcasts,
  IncidentReported: incidentReportedUpcasts,
  TenantQuotaChanged: tenantQuotaChangedUpcasts,
};

/**
 * The payload as the newest version has it, one version after the other. What is stored stays as it is.
 * @throws BrokenInvariant where a version has no function
 */
export function upcast(
  known: Upcasters,
  { type, schemaVersion, payload }: Pick<AnyEvent, 'type' | 'schemaVersion' | 'payload'>,
  newest: number,
): unknown {
  let current: unknown = payload;
  for (let version = schemaVersion; version < newest; version += 1) {
    const step = known[type]?.[version];
    if (step === undefined) throw new BrokenInvariant(`nothing reads ${type} version ${version}`);
    current = step(current as never);
  }
  return current;
}
