import type { HostId, HostSpec } from '@bulkhead/domain';
import type { DriverRegistry, HostDriver } from './driver.js';
import { Connection, type Endpoint } from './drivers/simulated-host/connection.js';
import { EffectQueue, type WireOutcome } from './drivers/simulated-host/effects.js';
import { LogReads, type WireLogChunks } from './drivers/simulated-host/log-reads.js';
import { SimulatedHostDriver } from './drivers/simulated-host/simulated-host-driver.js';

export interface DriverSettings {
  /** The simulated-host process that holds every simulated host of the fleet. */
  readonly simulatedHost: Endpoint;
}

/** A registry whose connections can be closed when the process stops. */
export interface ClosableDriverRegistry extends DriverRegistry {
  close(): void;
}

/** One line for each technology. A host keeps its driver, and drivers of one process share connections. */
export function createDriverRegistry(settings: DriverSettings): ClosableDriverRegistry {
  const simulatedHosts = new Connection(settings.simulatedHost);
  const effects = new EffectQueue((sent) =>
    simulatedHosts.post<WireOutcome[]>('/v1/effects', { effects: sent }),
  );
  const logs = new LogReads((reads) => simulatedHosts.post<WireLogChunks[]>('/v1/logs', { reads }));
  const technologies: Readonly<Record<HostSpec['driver'], (host: HostSpec) => HostDriver>> = {
    'simulated-host': (host) => new SimulatedHostDriver(simulatedHosts, { effects, logs }, host),
  };
  const drivers = new Map<HostId, HostDriver>();
  return {
    driverFor(host) {
      const known = drivers.get(host.hostId);
      if (known) return known;
      if (!Object.hasOwn(technologies, host.driver)) {
        throw new Error(
          `host ${host.hostId} names driver ${host.driver}, which this process lacks`,
        );
      }
      const driver = technologies[host.driver](host);
      drivers.set(host.hostId, driver);
      return driver;
    },
    close: () => simulatedHosts.close(),
  };
}
