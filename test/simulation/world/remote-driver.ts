import type { HostSpec } from '@bulkhead/domain';
import type { DriverRegistry, HostDriver, LogChunk } from '@bulkhead/hypervisor';
import { InProcessDriver } from '@bulkhead/hypervisor/simulated';
import { watchHost } from './host-watch.js';
import type { Remote } from './remote.js';

/** The drivers of one process, one for each specification of a host. */
export function remoteDrivers(remote: Remote): DriverRegistry {
  const drivers = new WeakMap<HostSpec, HostDriver>();
  return {
    driverFor: (host) => {
      const driver = drivers.get(host) ?? remoteDriver(remote, host);
      drivers.set(host, driver);
      return driver;
    },
  };
}

/**
 * Drives one simulated host from one process: every method of a driver, whichever there are, is a call
 * over their link to the driver that sits on the machine.
 */
function remoteDriver(remote: Remote, host: HostSpec): HostDriver {
  const { rack, network, life, linkTo } = remote;
  const { hostId } = host;
  const onMachine = () => new InProcessDriver(rack.poweredFleet(hostId), host);
  const capabilities: HostDriver['capabilities'] = {
    isolations: host.hypervPresent ? ['process', 'hyperv'] : ['process'],
  };
  const known: Record<string, unknown> = {
    capabilities,
    watch: (signal: AbortSignal) => watchHost(remote, hostId, signal),
    // What is read comes in one answer.
    async *logs(...read: Parameters<HostDriver['logs']>) {
      yield* await network.call(life, linkTo(hostId), async () => {
        const chunks: LogChunk[] = [];
        for await (const chunk of onMachine().logs(...read)) chunks.push(chunk);
        return chunks;
      });
    },
    provision: (spec: HostSpec, ...rest: unknown[]) =>
      network.call(life, linkTo(hostId), async () => {
        await call(onMachine(), 'provision', [spec, ...rest]);
        rack.provisioned(spec);
      }),
  };
  return new Proxy({} as HostDriver, {
    get: (_target, name) => {
      if (typeof name !== 'string' || name === 'then') return undefined;
      known[name] ??= (...args: unknown[]) =>
        network.call(life, linkTo(hostId), async () => call(onMachine(), name, args));
      return known[name];
    },
  });
}

function call(driver: InProcessDriver, name: string, args: readonly unknown[]): Promise<unknown> {
  const method: unknown = Reflect.get(driver, name);
  if (typeof method !== 'function') throw new Error(`drivers of hosts cannot ${name}`);
  return method.apply(driver, args) as Promise<unknown>;
}
