import {
  type HostId,
  hostDecider,
  type IncidentId,
  type IncidentReported,
  incidentDecider,
  quarantineReason,
} from '@bulkhead/domain';
import { idOf } from './builders.js';
import type { World } from './world.js';

type Incident = IncidentReported['payload'];

/** Reports it, and puts its host in quarantine. */
export function reportIncident(
  world: World,
  hostId: HostId,
  changes: Partial<Incident> = {},
  stop = false,
): IncidentId {
  const { nowMs } = world;
  const incident: Incident = {
    incidentId: idOf('inc', world.log.events.length + 1) as IncidentId,
    kind: 'escape-attempt',
    hostId,
    workloadId: null,
    note: 'test',
    ...changes,
  };
  const { incidentId } = incident;
  world.run(incidentDecider, incidentId, null, { kind: 'report-incident', incident, nowMs });
  const reason = quarantineReason(incidentId);
  world.run(hostDecider, hostId, null, { kind: 'quarantine', reason, stop, nowMs });
  return incidentId;
}

export function containIncident(world: World, incidentId: IncidentId): void {
  const { nowMs } = world;
  const command = { kind: 'contain-incident', note: 'test', nowMs } as const;
  world.run(incidentDecider, incidentId, null, command);
}
