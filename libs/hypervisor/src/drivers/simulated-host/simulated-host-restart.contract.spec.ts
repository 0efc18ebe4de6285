import { appendFileSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DriverUnderTest } from '../../driver-scenario.contract.js';
import { FOREVER, Scenario, someHost, someSpec } from '../../driver-scenario.contract.js';
import { createDriverRegistry } from '../../registry.js';
import { HostProcess } from './host-process.contract.js';

let host: HostProcess;
beforeAll(async () => {
  host = await HostProcess.start();
});
afterAll(() => host.stop());

async function leasedHost(): Promise<Scenario> {
  const spec = someHost();
  const registry = createDriverRegistry({ simulatedHost: host.endpoint });
  const under: DriverUnderTest = {
    driver: registry.driverFor(spec),
    host: spec,
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    close: async () => registry.close(),
  };
  const scenario = new Scenario(under);
  scenario.fence = { token: 3, cause: 1 };
  await under.driver.provision(spec, scenario.fence);
  await scenario.lease();
  return scenario;
}

describe('a simulated host whose process was killed', () => {
  it('comes back with a new boot and still refuses what was spent or stale', async () => {
    const s = await leasedHost();
    const { hostId } = s.under.host;
    const spec = someSpec('process', FOREVER);
    await s.begin(spec, 'running');
    const { bootId } = await s.driver.fingerprint();
    await host.end('SIGKILL');
    await s.refused('UNREACHABLE', () => s.driver.list());
    appendFileSync(host.journalPath(hostId), '{"seq":7,"atMs":17');
    await host.boot();
    expect((await s.driver.fingerprint()).bootId).not.toBe(bootId);
    expect(await s.stateOf(spec.computeSystemId)).toBe('spent');
    await s.refused('STALE_FENCE', () => s.lease({ token: 2, cause: 9 }));
    await s.refused('NO_LEASE', () => s.driver.create(someSpec('process'), s.fence));
    await s.lease();
    await s.refused('SPENT_ID', () => s.driver.create(spec, s.fence));
    const journal = host.journal(hostId);
    expect(journal.map((entry) => entry.seq)).toEqual(journal.map((_, at) => at + 1));
    expect(journal.filter((entry) => entry.kind === 'boot')).toHaveLength(2);
  });

  it('hands out each journal as it stands on disk', async () => {
    const s = await leasedHost();
    const { hostId } = s.under.host;
    await s.begin(someSpec('hyperv', FOREVER), 'running');
    const listed = await (await host.fetch('/v1/journals')).text();
    expect(listed).toContain(hostId);
    const text = await (await host.fetch(`/v1/journals/${hostId}`)).text();
    expect(text).toBe(readFileSync(host.journalPath(hostId), 'utf8'));
    const kinds = host.journal(hostId).map((entry) => entry.kind);
    expect(kinds).toEqual(['boot', 'lease-renewed', 'create', 'start', 'started']);
  });

  it('stops cleanly when it is asked to, with watches open', async () => {
    const s = await leasedHost();
    await s.driver.create(someSpec('process'), s.fence);
    const watch = s.driver.watch(new AbortController().signal)[Symbol.asyncIterator]();
    await s.hears(watch, () => true);
    const broken = s.refused('UNREACHABLE', () => watch.next());
    expect(await host.end('SIGTERM')).toBe(0);
    await broken;
    await host.boot();
  });
});

describe('a request that the simulated host cannot take', () => {
  it('is refused with every problem by name, and nothing happens', async () => {
    const s = await leasedHost();
    const { hostId } = s.under.host;
    const spec = { ...someSpec('process'), isolation: 'none', extra: 1, resources: {} };
    const answer = await host.fetch(`/v1/hosts/${hostId}/compute-systems`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${host.endpoint.token}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ spec, fence: s.fence }),
    });
    expect(answer.status).toBe(400);
    const { code, detail } = (await answer.json()) as { code: string; detail: string };
    expect(code).toBe('BAD_REQUEST');
    for (const name of ['spec.isolation', 'extra', 'spec.resources.cpuMillis']) {
      expect(detail).toContain(name);
    }
    expect(await s.driver.list()).toEqual([]);
  });

  it('is refused without a token, whatever it asks for', async () => {
    for (const path of ['/v1/journals', '/v1/hosts/x/fingerprint', '/nothing']) {
      expect((await fetch(`${host.endpoint.url}${path}`)).status).toBe(401);
    }
    expect((await fetch(`${host.endpoint.url}/health/live`)).status).toBe(200);
  });
});
