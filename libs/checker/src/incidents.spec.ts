import { describe, expect, it } from 'vitest';
import { hostSpec } from '../../../test/domain/builders.js';
import { containIncident, reportIncident } from '../../../test/domain/incident-operators.js';
import { altered, without } from '../../../test/domain/tampering.js';
import { World } from '../../../test/domain/world.js';
import { checkLog } from './check-log.js';

function story(): World {
  const world = new World();
  const hostId = world.registerHost(hostSpec(1));
  containIncident(world, reportIncident(world, hostId));
  reportIncident(world, hostId);
  return world;
}

const incidentsOf = async (events: World['log']['events']) => {
  const { violations } = await checkLog({ events });
  return violations.filter(({ check }) => check === 'incidents').map(({ detail }) => detail);
};

describe('the check of incidents', () => {
  it('finds nothing where each put its host in quarantine, or found it there', async () => {
    expect((await checkLog({ events: story().log.events })).violations).toEqual([]);
  });

  it('finds one whose host was not put in quarantine', async () => {
    const { events } = story().log;
    const missing = without(events, 'HostQuarantined');
    expect((await incidentsOf(missing)).join('\n')).toMatch(/did not put host_\w+ in quarantine/);
    const cut = missing.slice(
      0,
      missing.findIndex(({ event }) => event.type === 'IncidentReported') + 1,
    );
    expect(await incidentsOf(cut)).toEqual([expect.stringContaining('the last incident')]);
  });

  it('finds one that says of its host what the log does not', async () => {
    const { events } = story().log;
    const said = async (quarantine: 'began' | 'stood' | 'host-retired', which: number) => {
      const reported = events.filter(({ event }) => event.type === 'IncidentReported');
      const { stream } = reported[which] ?? {};
      const altering = altered(
        events,
        'IncidentReported',
        { quarantine },
        ({ incidentId }) => incidentId === stream,
      );
      return incidentsOf(altering);
    };
    expect(await said('stood', 0)).toEqual([expect.stringContaining('was in quarantine already')]);
    expect(await said('host-retired', 1)).toEqual([expect.stringContaining('had left the fleet')]);
    expect((await said('began', 1)).join()).toContain('which it could not be');
  });

  it('finds one that is said to have stopped what ran there, and did not', async () => {
    const world = new World();
    const hostId = world.registerHost(hostSpec(1));
    reportIncident(world, hostId);
    reportIncident(world, hostId, {}, true);
    const { events } = world.log;
    expect(await incidentsOf(events)).toEqual([]);
    const cut = events.slice(0, -1);
    expect(await incidentsOf(cut)).toEqual([expect.stringContaining('the last incident')]);
  });

  it('finds one on a host that nobody knows', async () => {
    const registered = story().log.events.filter(({ stream }) => !stream.startsWith('host_'));
    expect((await incidentsOf(registered)).join('\n')).toContain('unknown');
  });
});
