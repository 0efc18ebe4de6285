import { accept, type Decided, type Decider, reject } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { KernelInstanceId } from '../ids.js';
import type { OsVersion } from '../image/events.js';
import type {
  HostBooted,
  HostCordoned,
  HostEvent,
  HostFenced,
  HostLost,
  HostRecovered,
  HostRegistered,
  HostSpec,
  HostUncordoned,
} from './events.js';
import { evolveHost, type HostState, unregisteredHost } from './state.js';

export type HostCommand =
  | { readonly kind: 'register-host'; readonly spec: HostSpec; readonly nowMs: TimeMs }
  | { readonly kind: 'cordon'; readonly reason: string; readonly nowMs: TimeMs }
  | { readonly kind: 'uncordon'; readonly reason: string; readonly nowMs: TimeMs }
  | { readonly kind: 'fence'; readonly reason: string; readonly nowMs: TimeMs }
  | {
      /** The host answered, with this boot. The kernel's name is only used where the boot is new. */
      readonly kind: 'report-boot';
      readonly bootId: string;
      readonly kernelInstanceId: KernelInstanceId;
      readonly osVersion: OsVersion;
      readonly nowMs: TimeMs;
    }
  | { readonly kind: 'report-lost'; readonly lastHeardAtMs: TimeMs; readonly nowMs: TimeMs };

/** A host's registration, boots and losses. Placements are not in this stream: see WorkloadPlaced. */
export const hostDecider: Decider<HostCommand, HostState, HostEvent> = {
  initialState: unregisteredHost,
  evolve: evolveHost,
  decide: (command, state) => {
    if (command.kind === 'register-host') {
      return state.spec === null
        ? accept(event<HostRegistered>('HostRegistered', command.nowMs, command.spec))
        : reject('HOST_EXISTS', 'The host is registered already.');
    }
    if (state.spec === null) return reject('HOST_NOT_FOUND', 'There is no such host.');
    return decideOfRegistered(command, state);
  },
};

type OfRegistered = Exclude<HostCommand, { kind: 'register-host' }>;

function decideOfRegistered(command: OfRegistered, state: HostState): Decided<HostEvent> {
  const { nowMs } = command;
  switch (command.kind) {
    case 'cordon':
      return state.cordoned
        ? accept()
        : accept(event<HostCordoned>('HostCordoned', nowMs, { reason: command.reason }));
    case 'uncordon':
      return state.cordoned
        ? accept(event<HostUncordoned>('HostUncordoned', nowMs, { reason: command.reason }))
        : accept();
    case 'fence':
      return state.condition === 'fenced'
        ? accept()
        : accept(event<HostFenced>('HostFenced', nowMs, { reason: command.reason }));
    case 'report-lost':
      return state.condition === 'up'
        ? accept(event<HostLost>('HostLost', nowMs, { lastHeardAtMs: command.lastHeardAtMs }))
        : accept();
    case 'report-boot':
      return reportBoot(command, state);
  }
}

/**
 * A known boot recovers a lost host; a new one starts a new kernel. A fenced host that still answers
 * with its old boot stays fenced: its operator said that it was off, and what ran there was placed anew.
 */
function reportBoot(
  command: Extract<HostCommand, { kind: 'report-boot' }>,
  state: HostState,
): Decided<HostEvent> {
  const { bootId, kernelInstanceId, osVersion, nowMs } = command;
  if (state.boot?.bootId !== bootId) {
    return accept(event<HostBooted>('HostBooted', nowMs, { bootId, kernelInstanceId, osVersion }));
  }
  return state.condition === 'lost'
    ? accept(event<HostRecovered>('HostRecovered', nowMs, { bootId }))
    : accept();
}
