import { describe, expect, it } from 'vitest';
import { ApiClient } from '../http/api-client.js';
import { ImportFleet } from './import-fleet.js';
import type { ImportSurroundings } from './import-surroundings.js';
import type { HostRequest } from './plan-hosts.js';

const HOSTS = [{ name: 'import-01' }, { name: 'import-02' }] as unknown as HostRequest[];

/** An api with hosts of others, one of them open, one cordoned, one draining, one retired; the import's hosts boot or never do. */
function installation(bootStatus: 'up' | 'registered') {
  const changes: string[] = [];
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
      const retired = { id: 'host_d', cordoned: false, drain: null, status: 'retired' };
      others.push(drained, retired);
      return { items: [...others, { id: 'host_own1' }, { id: 'host_own2' }], nextCursor: null };
    }
    return { status: bootStatus };
  };
  const operator = new ApiClient(
    async ({ method, path }) => ({
      status: 200,
      headers: new Headers(),
      body: answerTo(method, path),
    }),
    { clientId: 'cred_op', clientSecret: 'op' },
    () => 0,
  );
  const around = {
    operator,
    runId: 'run',
    nowMs: () => 0,
    sleep: async () => interruption.abort(),
    signal: interruption.signal,
    step: () => undefined,
  } as unknown as ImportSurroundings;
  return { around, changes };
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
