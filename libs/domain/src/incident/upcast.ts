import type { UpcastsOf } from '../upcasts.js';
import type { IncidentReported } from './events.js';

type Version1 = Omit<IncidentReported['payload'], 'tenantId' | 'quarantine'>;

/** Nobody checked whose the suspected workload was, and only the host's stream told what became of it. */
export const incidentReportedUpcasts: UpcastsOf<IncidentReported> = {
  1: (reported: Version1): IncidentReported['payload'] => ({
    ...reported,
    tenantId: null,
    quarantine: 'unrecorded',
  }),
};
