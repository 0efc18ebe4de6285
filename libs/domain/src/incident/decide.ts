import { accept, type Decider, reject, type StateTable, unknownEvent } from '../decider.js';
import { event, type TimeMs } from '../event.js';
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

export type IncidentPhase = 'absent' | 'open' | 'contained';

/** What is contained is not opened again: what goes on is another incident. */
export const incidentTable: StateTable<
  IncidentCommand['kind'],
  IncidentPhase,
  IncidentEvent['type'] | 'INCIDENT_EXISTS' | 'INCIDENT_NOT_FOUND'
> = {
  'report-incident': {
    absent: 'IncidentReported',
    open: 'INCIDENT_EXISTS',
    contained: 'INCIDENT_EXISTS',
  },
  'contain-incident': {
    absent: 'INCIDENT_NOT_FOUND',
    open: 'IncidentContained',
    contained: 'nothing',
  },
};

export function incidentPhaseOf({ reported, containment }: IncidentState): IncidentPhase {
  if (reported === null) return 'absent';
  return containment === null ? 'open' : 'contained';
}

/** Something observed on a host. What was reported never changes: what is learned later is another incident, or its end. */
export const incidentDecider: Decider<IncidentCommand, IncidentState, IncidentEvent> = {
  initialState: { reported: null, reportedAtMs: 0, containment: null },
  decide: (command, state) => {
    const answer = incidentTable[command.kind][incidentPhaseOf(state)];
    switch (answer) {
      case 'nothing':
        return accept();
      case 'INCIDENT_EXISTS':
        return reject(answer, 'An incident of that id was reported before.');
      case 'INCIDENT_NOT_FOUND':
        return reject(answer, 'There is no such incident.');
      default:
        return accept(eventOf(command));
    }
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

function eventOf(command: IncidentCommand): IncidentEvent {
  const { nowMs } = command;
  return command.kind === 'report-incident'
    ? event<IncidentReported>('IncidentReported', nowMs, command.incident, 2)
    : event<IncidentContained>('IncidentContained', nowMs, { note: command.note });
}
