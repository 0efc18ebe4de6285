import type { TimeMs } from '../event.js';
import { hostDecider } from '../host/decide.js';
import type { HostEvent } from '../host/events.js';
import type { HostState } from '../host/state.js';
import type { IncidentId } from '../ids.js';
import type { QuarantineEffect } from './events.js';

export interface QuarantineOfIncident {
  readonly effect: Exclude<QuarantineEffect, 'unrecorded'>;
  /** What goes into the host's stream, in the same append as the incident; none where nothing changes. */
  readonly events: readonly HostEvent[];
}

/** What the quarantine of the host gives as its reason. */
export function quarantineReason(incidentId: IncidentId): string {
  return `incident ${incidentId}`;
}

/**
 * What an incident means for its host, as it is now. The append guards the host's stream where no event
 * goes into it: else what the incident says of it might no longer be so.
 * @param host registered
 * @param stop whether what runs there is to be stopped
 */
export function quarantineOf(
  incidentId: IncidentId,
  host: HostState,
  stop: boolean,
  nowMs: TimeMs,
): QuarantineOfIncident {
  const reason = quarantineReason(incidentId);
  const decided = hostDecider.decide({ kind: 'quarantine', reason, stop, nowMs }, host);
  if (!decided.accepted) return { effect: 'host-retired', events: [] };
  const { events } = decided;
  if (events.length === 0) return { effect: 'stood', events };
  return { effect: host.quarantine === null ? 'began' : 'tightened', events };
}
