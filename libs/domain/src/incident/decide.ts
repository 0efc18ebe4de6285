import { accept, type Decider, reject, unknownEvent } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { IncidentId } from '../ids.js';
import type { IncidentContained, IncidentEvent, IncidentReported } from './events.js';

export interface IncidentState {
  readonly reported: IncidentReported['payload'] | null;
  readonly reportedAtMs: TimeMs;
  readonly containment: { readonly atMs: TimeMs; readonly note: string } | null;
}

export type IncidentCommand =
  | {
      readonly kind: 'report-incident';
      readonly incident: IncidentReported['payload'];
      readonly nowMs: TimeMs;
    }
  | { readonly kind: 'contain-incident'; readonly note: string; readonly nowMs: TimeMs };

/** Something observed on a host. What was reported never changes: what is learned later is another incident, or its end. */
export const incidentDecider: Decider<IncidentCommand, IncidentState, IncidentEvent> = {
  initialState: { reported: null, reportedAtMs: 0, containment: null },
  decide: (command, { reported, containment }) => {
    const { nowMs } = command;
    if (command.kind === 'report-incident') {
      return reported === null
        ? accept(event<IncidentReported>('IncidentReported', nowMs, command.incident))
        : reject('INCIDENT_EXISTS', 'An incident of that id was reported before.');
    }
    if (reported === null) return reject('INCIDENT_NOT_FOUND', 'There is no such incident.');
    const { note } = command;
    return containment === null
      ? accept(event<IncidentContained>('IncidentContained', nowMs, { note }))
      : accept();
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'IncidentReported':
        return { reported: event.payload, reportedAtMs: event.occurredAtMs, containment: null };
      case 'IncidentContained':
        return { ...state, containment: { atMs: event.occurredAtMs, note: event.payload.note } };
      default:
        return unknownEvent(event);
    }
  },
};

/** What the quarantine of the host gives as its reason. */
export function quarantineReason(incidentId: IncidentId): string {
  return `incident ${incidentId}`;
}
