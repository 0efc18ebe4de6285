import type { HostId } from '@bulkhead/domain';
import { DriverError } from '@bulkhead/hypervisor';
import { calmLink, type Link, type Network } from './network.js';
import type { ProcessLife } from './process-life.js';
import type { SimulatedRack } from './simulated-rack.js';

/** How badly hosts tell of themselves. Probabilities are for one notice. */
export interface HostRates {
  readonly noticeLost: number;
  readonly noticeTwice: number;
  readonly watchBroken: number;
}

export const calmHosts: HostRates = { noticeLost: 0, noticeTwice: 0, watchBroken: 0 };

const HOST_TIMEOUT_MS = 1_000;

/** The way of one process to one host. Requests may be carried out twice: every effect is idempotent. */
export function linkToHost(): Link {
  return {
    rates: calmLink,
    isCut: false,
    timeoutMs: HOST_TIMEOUT_MS,
    repeats: true,
    failure: () => new DriverError('UNREACHABLE', 'the host did not answer'),
  };
}

/** What driving hosts from one process needs. */
export interface Remote {
  readonly rack: SimulatedRack;
  readonly network: Network;
  readonly life: ProcessLife;
  readonly linkTo: (hostId: HostId) => Link;
  readonly rates: () => HostRates;
}
