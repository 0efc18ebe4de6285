import { describe, expect, it } from 'vitest';
import { hostSpec, idOf, NOW_MS } from '../../../../test/domain/builders.js';
import { drain, releaseHost, retire, tendHosts } from '../../../../test/domain/host-operators.js';
import { reportIncident } from '../../../../test/domain/incident-operators.js';
import { given } from '../../../../test/domain/specification.js';
import { expectTable } from '../../../../test/domain/state-table.js';
import { World } from '../../../../test/domain/world.js';
import type { IncidentId } from '../ids.js';
import { upcast, upcasters } from '../upcast.js';
import { incidentDecider, incidentPhaseOf, incidentTable } from './decide.js';

const nowMs = NOW_MS;
const incidentId = idOf('inc', 1) as IncidentId;
const incident = {
  incidentId,
  kind: 'escape-attempt',
  hostId: hostSpec(1).hostId,
  workloadId: null,
  tenantId: null,
  quarantine: 'began',
  note: 'a handle to the host was opened',
} as const;
const report = { kind: 'report-incident', incident, nowMs } as const;
const contain = { kind: 'contain-incident', note: 'the image was revoked', nowMs } as const;

describe('an incident', () => {
  const nothing = given(incidentDecider, []);
  const reported = given(incidentDecider, nothing.when(report).history);

  it('is reported once and contained once', () => {
    nothing.when(report).thenEvents(['IncidentReported', { kind: 'escape-attempt' }]);
    reported.when(report).thenRejected('INCIDENT_EXISTS');
    reported.when(contain).thenEvents(['IncidentContained', { note: contain.note }]);
    given(incidentDecider, reported.when(contain).history).when(contain).thenNothing();
    nothing.when(contain).thenRejected('INCIDENT_NOT_FOUND');
  });

  it('answers every command by its table, in each of its phases', () => {
    const E = 'INCIDENT_EXISTS';
    expectTable({
      ...{ decider: incidentDecider, phaseOf: incidentPhaseOf, table: incidentTable },
      waysInto: { absent: [[]], open: [[report]], contained: [[report, contain]] },
      commandsFor: () => ({ 'report-incident': report, 'contain-incident': contain }),
      expected: {
        'report-incident': ['>open', E, E],
        'contain-incident': ['INCIDENT_NOT_FOUND', '>contained', '-'],
      },
    });
  });
});

describe('the host of an incident', () => {
  it('takes nothing new and keeps its evidence, and says which incident is the reason', () => {
    const world = new World();
    const hostId = world.registerHost(hostSpec(1));
    const tenantId = world.registerTenant('standard');
    const running = world.submit(tenantId);
    world.place();
    world.start(running);
    world.started(running);
    reportIncident(world, hostId, { incidentId, workloadId: running });
    const last = world.log.events.at(-1)?.event;
    expect(last?.type).toBe('HostQuarantined');
    expect(last?.payload).toEqual({ reason: `incident ${incidentId}`, stop: false });
    const next = world.submit(tenantId);
    world.place();
    expect(world.attemptOf(next)).toBeNull();
    world.exit(running);
    world.release(running);
    expect(world.attemptOf(running)?.stage).toBe('exited');
  });

  it('is put in quarantine once, however many incidents there are', () => {
    const world = new World();
    const hostId = world.registerHost(hostSpec(1));
    reportIncident(world, hostId, { incidentId });
    reportIncident(world, hostId, { incidentId: idOf('inc', 2) as IncidentId });
    const types = world.log.events.map(({ event }) => event.type);
    expect(types.filter((type) => type === 'HostQuarantined')).toHaveLength(1);
    expect(types.filter((type) => type === 'IncidentReported')).toHaveLength(2);
  });

  it('is told by the incident: what became of it there and then', () => {
    const world = new World();
    const hostId = world.registerHost(hostSpec(1));
    const effects = () =>
      world.log.events.flatMap(({ event }) =>
        event.type === 'IncidentReported' ? [event.payload.quarantine] : [],
      );
    reportIncident(world, hostId);
    reportIncident(world, hostId);
    reportIncident(world, hostId, {}, true);
    reportIncident(world, hostId, {}, true);
    expect(effects()).toEqual(['began', 'stood', 'tightened', 'stood']);
    releaseHost(world, hostId);
    drain(world, hostId, 0);
    tendHosts(world);
    expect(retire(world, hostId)).toBe(true);
    reportIncident(world, hostId);
    expect(effects().at(-1)).toBe('host-retired');
    expect(world.log.events.at(-1)?.event.type).toBe('IncidentReported');
  });

  it('is not known of an incident from before that was recorded, and neither is the tenant', () => {
    const { tenantId: _tenantId, quarantine: _quarantine, ...version1 } = incident;
    const stored = { type: 'IncidentReported', schemaVersion: 1, payload: version1 } as const;
    expect(upcast(upcasters, stored, 2)).toEqual({ ...incident, quarantine: 'unrecorded' });
  });
});
