import type { Event } from '../event.js';
import type { HostId, IncidentId, WorkloadId } from '../ids.js';

export type IncidentKind = 'escape-attempt' | 'suspicious-crash' | 'other';

/** Somebody saw something on a host, which is put in quarantine in the same append. */
export type IncidentReported = Event<
  'IncidentReported',
  1,
  {
    incidentId: IncidentId;
    kind: IncidentKind;
    hostId: HostId;
    /** As the reporter names it; null where none is suspected. */
    workloadId: WorkloadId | null;
    note: string;
  }
>;
/** It is over. The host stays in quarantine until an operator releases it. */
export type IncidentContained = Event<'IncidentContained', 1, { note: string }>;

export type IncidentEvent = IncidentReported | IncidentContained;
