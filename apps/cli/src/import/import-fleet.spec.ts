import { describe, expect, it } from 'vitest';
import { ApiClient } from '../http/api-client.js';
import { RequestRefused, readProblem } from '../http/problem.js';
import { ImportFleet } from './import-fleet.js';
import type { ImportSurroundings } from './import-surroundings.js';
import type { HostRequest } from './plan-hosts.js';

const HOSTS = [{ name: 'import-01' }, { name: 'import-02' }] as unknown as HostRequest[];
const HOST_RETIRED = { code: 'HOST_RETIRED', detail: 'The host is retired.' };

/** An api with hosts of others, one of them open, one cordoned, one draining, one retired; the import's hosts boot or never do. */
function installation(bootStatus: 'up' | 'registered') {
  const changes: string[] = [];
  const told: string[] = [];
  const retired = new Set<string>();
  const interruption = new AbortController();
  let registered = 0;
  const answerTo = (method: string, path: string): unknown => {
    if (path === '/oauth/token') return { access_token: 't' };
    if (method === 'POST' && path === '/v1/hosts') return { id: `host_own${++registered}` };
    if (method === 'POST') changes.push(path.replace('/v1/hosts/', ''));
    if (path.startsWith('/v1/hosts?')) {
      const others: object[] = ['host_a', 'host_b'].map((id) => ({
        id,
        cordoned: id === 'host_b',
      }));
      const drained = { id: 'host_c', cordoned: false, drain: { drainedAt: null } };
      const gone = { id: 'host_d', cordoned: false, drain: null, status: 'retired' };
      others.push(drained, gone);
      return { items: [...others, { id: 'host_own1' }, { id: 'host_own2' }], nextCursor: null };
    }
    return { status: bootStatus };
  };
  const operator = new ApiClient(
    async ({ method, path }) => {
      const isRetired = retired.has(path.split('/')[3] ?? '');
      if (isRetired) throw new RequestRefused(method, path, readProblem(409, HOST_RETIRED));
      return { status: 200, headers: new Headers(), body: answerTo(method, path) };
    },
    { clientId: 'cred_op', clientSecret: 'op' },
    () => 0,
  );
  const around = {
    operator,
    runId: 'run',
    nowMs: () => 0,
    sleep: async () => interruption.abort(),
    signal: interruption.signal,
    step: (text: string) => told.push(text),
  } as unknown as ImportSurroundings;
  return { around, changes, told, retired };
}

describe('the fleet after an import', () => {
  it('has the hosts of others as they were, and the hosts of the import cordoned', async () => {
    const { around, changes } = installation('up');
    const fleet = new ImportFleet({}, around);
    await fleet.register(HOSTS);
    await fleet.cordonOthers();
    expect(changes).toEqual(['host_a/cordon']);
    await fleet.giveBack();
    expect(changes.slice(1)).toEqual(['host_a/uncordon', 'host_own1/cordon', 'host_own2/cordon']);
  });

  it('is as it was also where one of its hosts was retired meanwhile, and says that what was registered stays in it', async () => {
    const { around, changes, told, retired } = installation('up');
    const fleet = new ImportFleet({}, around);
    await fleet.register(HOSTS);
    await fleet.cordonOthers();
    retired.add('host_a').add('host_own1');
    await fleet.giveBack();
    expect(changes.slice(1)).toEqual(['host_own2/cordon']);
    expect(told.slice(-3)).toEqual([
      expect.stringMatching(/^Could not uncordon host_a: .*retired/),
      expect.stringMatching(/2 hosts\. They stay in the fleet until each is drained and retired/),
      expect.stringMatching(/^Could not cordon host_own1: /),
    ]);
  });

  it('has the hosts of the import open where it was asked to keep them', async () => {
    const { around, changes } = installation('up');
    const fleet = new ImportFleet({ keepHosts: true }, around);
    await fleet.register(HOSTS);
    await fleet.giveBack();
    expect(changes).toEqual([]);
  });

  it('has them cordoned too where the import was interrupted before they had booted', async () => {
    const { around, changes } = installation('registered');
    const fleet = new ImportFleet({}, around);
    await expect(fleet.register(HOSTS)).rejects.toThrow();
    await fleet.giveBack();
    expect(changes).toEqual(['host_own1/cordon', 'host_own2/cordon']);
  });
});
