import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describeDriver } from '../../driver.contract.js';
import {
  type DriverUnderTest,
  FOREVER,
  newId,
  Scenario,
  someHost,
  someSpec,
} from '../../driver-scenario.contract.js';
import { createDriverRegistry } from '../../registry.js';
import { HostProcess } from './host-process.contract.js';

let host: HostProcess;
beforeAll(async () => {
  host = await HostProcess.start();
});
afterAll(() => host.stop());

describeDriver('a simulated host in a process of its own', async (spec) => {
  const registry = createDriverRegistry({ simulatedHost: host.endpoint });
  return {
    driver: registry.driverFor(spec),
    host: spec,
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    close: async () => registry.close(),
  };
});

describe('what a simulated host tells an engine', () => {
  it('are two roots, hives and scratch layers of two silos that make the same of one image', async () => {
    const spec = someHost();
    const registry = createDriverRegistry({ simulatedHost: host.endpoint });
    const under: DriverUnderTest = {
      driver: registry.driverFor(spec),
      host: spec,
      pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      close: async () => registry.close(),
    };
    const s = new Scenario(under);
    await s.driver.provision(spec, s.fence);
    await s.lease();
    const found = [];
    for (const silo of [someSpec('process', FOREVER), someSpec('process', FOREVER)]) {
      const id = await s.begin(silo, 'running');
      const [{ ObRoot, Namespaces, Scratch } = {}] = await s.driver.properties(id);
      found.push({
        roots: [ObRoot, Scratch?.Path, ...(Namespaces?.Registry ?? []).map((at) => at.MountPoint)],
        names: [
          ...(Namespaces?.NamedObjects ?? []).map(({ Path }) => Path),
          ...(Scratch?.Files ?? []).map(({ Path }) => Path),
        ],
      });
    }
    const [one, other] = found;
    expect(one?.roots).toHaveLength(7);
    expect(new Set([...(one?.roots ?? []), ...(other?.roots ?? [])]).size).toBe(14);
    expect(one?.names).toContain('\\BaseNamedObjects\\cmd.exe');
    expect(one?.names).toEqual(other?.names);
    await under.close();
  });

  it('are the properties of a container and of its utility VM, in the words of the service', async () => {
    const spec = someHost();
    const registry = createDriverRegistry({ simulatedHost: host.endpoint });
    const driver = registry.driverFor(spec);
    const under: DriverUnderTest = {
      driver,
      host: spec,
      pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      close: async () => registry.close(),
    };
    const s = new Scenario(under);
    await driver.provision(spec, s.fence);
    await s.lease();
    const id = await s.begin(someSpec('hyperv', FOREVER), 'running');
    const properties = await driver.properties(id);
    expect(properties.map(({ SystemType }) => SystemType)).toEqual(['Container', 'VirtualMachine']);
    expect(properties[0]).toMatchObject({ Id: id, State: 'Running', HostingSystemId: `${id}@vm` });
    await s.refused('NOT_FOUND', () => driver.properties(newId()));
    const usage = await (await host.fetch(`/v1/hosts/${spec.hostId}/usage`)).json();
    expect(usage).toMatchObject({ memory: { nonPagedMiB: 500 }, network: { taken: 1 } });
    await under.close();
  });
});

describe('a simulated host that was registered with faults', () => {
  it('has them in a process of its own as well, and is the same host when it is provisioned again', async () => {
    const faults = { plan: [{ fault: 'layer-import-failure', onStart: 1 } as const] };
    const spec = someHost({ simulation: { timeScale: 100, seed: 7, faults } });
    const registry = createDriverRegistry({ simulatedHost: host.endpoint });
    const under: DriverUnderTest = {
      driver: registry.driverFor(spec),
      host: spec,
      pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      close: async () => registry.close(),
    };
    const s = new Scenario(under);
    await s.driver.provision(spec, s.fence);
    await s.driver.provision(spec, s.fence);
    await s.lease();
    const { failure } = await s.reaches(await s.begin(someSpec('process')), 'start-failed');
    expect(failure).toMatchObject({ code: 'HCS_E_INVALID_LAYER', hresult: '0x80370112' });
    const calm = { ...spec, simulation: { timeScale: 100, seed: 7 } };
    await s.refused('INVALID_STATE', () => s.driver.provision(calm, s.fence));
    await under.close();
  });
});

describe('the connection to a simulated host', () => {
  it('says that a host is unreachable when nobody listens', async () => {
    const endpoint = { url: 'http://127.0.0.1:9', token: host.endpoint.token };
    const registry = createDriverRegistry({ simulatedHost: endpoint });
    const driver = registry.driverFor(someHost());
    await expect(driver.list()).rejects.toMatchObject({ code: 'UNREACHABLE' });
    const watch = driver.watch(new AbortController().signal)[Symbol.asyncIterator]();
    await expect(watch.next()).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });

  it('says plainly that its token is wrong', async () => {
    const endpoint = { ...host.endpoint, token: 'x'.repeat(40) };
    const driver = createDriverRegistry({ simulatedHost: endpoint }).driverFor(someHost());
    await expect(driver.list()).rejects.toThrow('UNAUTHORIZED: a bearer token is needed');
  });

  it('knows nothing of a host that was never provisioned', async () => {
    const driver = createDriverRegistry({ simulatedHost: host.endpoint }).driverFor(someHost());
    await expect(driver.fingerprint()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });
});
