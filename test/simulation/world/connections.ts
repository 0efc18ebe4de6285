import type { HostId } from '@bulkhead/domain';
import { calmLink, type Link, type LinkRates } from './network.js';
import { calmHosts, type HostRates, linkToHost } from './remote.js';
import { linkToLog } from './simulated-log.js';

/** How badly everything between the parts of a world works. */
export interface WorldRates {
  readonly toLog: LinkRates;
  readonly toHosts: LinkRates;
  readonly toApi: LinkRates;
  readonly hosts: HostRates;
  /** Whoever waits for growth of the log is not told, and finds out at his next look. */
  readonly growthLost: number;
}

export const calmWorld: WorldRates = {
  toLog: calmLink,
  toHosts: calmLink,
  toApi: calmLink,
  hosts: calmHosts,
  growthLost: 0,
};

/** Every link of the world, by the process that it belongs to. */
export class Connections {
  private current: WorldRates = calmWorld;
  private readonly logs = new Map<string, Link>();
  private readonly hosts = new Map<string, Map<HostId, Link>>();

  get rates(): WorldRates {
    return this.current;
  }

  set rates(rates: WorldRates) {
    this.current = rates;
    for (const link of this.logs.values()) link.rates = rates.toLog;
    for (const link of this.everyHostLink()) link.rates = rates.toHosts;
  }

  toLog(process: string): Link {
    const link = this.logs.get(process) ?? { ...linkToLog(), rates: this.current.toLog };
    this.logs.set(process, link);
    return link;
  }

  toHost(process: string, hostId: HostId): Link {
    const links = this.hosts.get(process) ?? new Map<HostId, Link>();
    this.hosts.set(process, links);
    const link = links.get(hostId) ?? { ...linkToHost(), rates: this.current.toHosts };
    links.set(hostId, link);
    return link;
  }

  /** Every way is open again. */
  mend(): void {
    for (const link of [...this.logs.values(), ...this.everyHostLink()]) link.isCut = false;
  }

  private everyHostLink(): Link[] {
    return [...this.hosts.values()].flatMap((links) => [...links.values()]);
  }
}
