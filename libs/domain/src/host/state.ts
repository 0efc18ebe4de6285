import { unknownEvent } from '../decider.js';
import type { TimeMs } from '../event.js';
import type { KernelInstanceId } from '../ids.js';
import type { OsVersion } from '../image/events.js';
import type { HostEvent, HostSpec } from './events.js';

/**
 * `registered`: not heard of yet. `up`: answers. `lost`: stopped answering, what ran there is unknown.
 * `fenced`: an operator stated that it is off; it comes back only with a new boot.
 */
export type HostCondition = 'registered' | 'up' | 'lost' | 'fenced';

export interface HostState {
  readonly spec: HostSpec | null;
  readonly condition: HostCondition;
  readonly cordoned: boolean;
  readonly boot: {
    readonly bootId: string;
    readonly kernelInstanceId: KernelInstanceId;
    readonly osVersion: OsVersion;
    readonly bootedAtMs: TimeMs;
  } | null;
  readonly registeredAtMs: TimeMs;
}

export const unregisteredHost: HostState = {
  spec: null,
  condition: 'registered',
  cordoned: false,
  boot: null,
  registeredAtMs: 0,
};

export function evolveHost(state: HostState, event: HostEvent): HostState {
  switch (event.type) {
    case 'HostRegistered':
      return { ...unregisteredHost, spec: event.payload, registeredAtMs: event.occurredAtMs };
    case 'HostBooted':
      return {
        ...state,
        condition: 'up',
        boot: { ...event.payload, bootedAtMs: event.occurredAtMs },
      };
    case 'HostCordoned':
      return { ...state, cordoned: true };
    case 'HostUncordoned':
      return { ...state, cordoned: false };
    case 'HostLost':
      return { ...state, condition: 'lost' };
    case 'HostFenced':
      return { ...state, condition: 'fenced' };
    case 'HostRecovered':
      return { ...state, condition: 'up' };
    default:
      return unknownEvent(event);
  }
}

/** Whether new work may be placed on it. */
export function acceptsPlacements(state: HostState): boolean {
  return state.condition === 'up' && !state.cordoned && state.boot !== null;
}
