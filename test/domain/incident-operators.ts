import {
  type HostId,
  hostDecider,
  hostOf,
  type IncidentId,
  type IncidentReported,
  incidentDecider,
  quarantineOf,
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
    tenantId: null,
    quarantine: 'unrecorded',
    note: 'test',
    ...changes,
  };
  const { incidentId } = incident;
  const { state } = hostOf(world.fleet, hostId);
  const { effect: quarantine } = quarantineOf(incidentId, state, stop, nowMs);
  const told = { kind: 'report-incident', incident: { ...incident, quarantine }, nowMs } as const;
  const reason = quarantineReason(incidentId);
  world.run(incidentDecider, incidentId, null, told);
  world.run(hostDecider, hostId, null, { kind: 'quarantine', reason, stop, nowMs });
  return incidentId;
}

export function containIncident(world: World, incidentId: IncidentId): void {
  const { nowMs } = world;
  const command = { kind: 'contain-incident', note: 'test', nowMs } as const;
  world.run(incidentDecider, incidentId, null, command);
}
