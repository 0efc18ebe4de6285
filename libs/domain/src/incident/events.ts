import type { Event } from '../event.js';
import type { HostId, IncidentId, TenantId, WorkloadId } from '../ids.js';

export type IncidentKind = 'escape-attempt' | 'suspicious-crash' | 'other';

/**
 * What an incident made of its host, in the same append: its quarantine `began`, or was `tightened` so that
 * what ran there is stopped; it `stood` already; or the host had left the fleet. `unrecorded`: of incidents
 * that were reported before this was kept.
 */
export type QuarantineEffect = 'began' | 'tightened' | 'stood' | 'host-retired' | 'unrecorded';

/** Somebody saw something on a host. */
export type IncidentReported = Event<
  'IncidentReported',
  2,
  {
    incidentId: IncidentId;
    kind: IncidentKind;
    hostId: HostId;
    /** Whom the reporter suspects, whether or not it ran there; null where nobody is suspected. */
    workloadId: WorkloadId | null;
    /** Whose workload that is; null where none is suspected, or where it was not asked for yet. */
    tenantId: TenantId | null;
    quarantine: QuarantineEffect;
    note: string;
  }
>;
/** It is over. The host stays in quarantine until an operator releases it. */
export type IncidentContained = Event<'IncidentContained', 1, { note: string }>;

export type IncidentEvent = IncidentReported | IncidentContained;
