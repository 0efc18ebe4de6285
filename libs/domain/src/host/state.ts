import { unknownEvent } from '../decider.js';
import type { TimeMs } from '../event.js';
import type { KernelInstanceId } from '../ids.js';
import type { OsVersion } from '../image/events.js';
import type { TrustBoundary } from '../tenant/events.js';
import type { EvictionCause } from '../workload/events.js';
import type { HostEvent, HostSpec } from './events.js';

/**
 * `registered`: not heard of yet. `up`: answers. `lost`: stopped answering, what ran there is unknown.
 * `fenced`: an operator stated that it is off; it comes back only with a new boot. `retired`: it has left
 * the fleet for good, and nothing follows.
 */
export type HostCondition = 'registered' | 'up' | 'lost' | 'fenced' | 'retired';

/** Nothing new comes, until an operator uncordons it. */
export interface Drain {
  readonly startedAtMs: TimeMs;
  /** From when on what still runs is evicted; null where it may go on until it ends. */
  readonly evictAtMs: TimeMs | null;
  /** When nothing held a place there any more; null until then. */
  readonly drainedAtMs: TimeMs | null;
  /** Of the drain that holds; null where it was never said. */
  readonly reason: string | null;
}

/** Nothing new comes, nothing starts, and nothing is released, until an operator says so. */
export interface Quarantine {
  readonly sinceMs: TimeMs;
  /** Whether what ran there is stopped; it is kept all the same. */
  readonly stop: boolean;
  /** Of the act that made it as strict as it is; names the incident where one led to it. */
  readonly reason: string;
}

/** It is to boot anew, so that its kernel belongs to nobody again. */
export interface RequestedReboot {
  /** The boot that is to end. */
  readonly bootId: string;
  readonly trustBoundary: TrustBoundary;
  readonly requestedAtMs: TimeMs;
}

export interface HostState {
  readonly spec: HostSpec | null;
  readonly condition: HostCondition;
  /** Why an operator fenced or retired it; null in every other condition. */
  readonly conditionReason: string | null;
  readonly cordoned: boolean;
  /** Null while it is not cordoned. */
  readonly cordonReason: string | null;
  readonly drain: Drain | null;
  readonly quarantine: Quarantine | null;
  readonly boot: {
    readonly bootId: string;
    readonly kernelInstanceId: KernelInstanceId;
    readonly osVersion: OsVersion;
    readonly bootedAtMs: TimeMs;
  } | null;
  readonly registeredAtMs: TimeMs;
  /** Until the boot that was asked for; there is none most of the time. */
  readonly reboot?: RequestedReboot | undefined;
}

export const unregisteredHost: HostState = {
  spec: null,
  condition: 'registered',
  conditionReason: null,
  cordoned: false,
  cordonReason: null,
  drain: null,
  quarantine: null,
  boot: null,
  registeredAtMs: 0,
};

export function evolveHost(state: HostState, event: HostEvent): HostState {
  const { occurredAtMs } = event;
  switch (event.type) {
    case 'HostRegistered':
      return { ...unregisteredHost, spec: event.payload, registeredAtMs: occurredAtMs };
    case 'HostBooted': {
      const { reboot: _carriedOut, ...before } = state;
      const { bootId, kernelInstanceId, osVersion } = event.payload;
      const boot = { bootId, kernelInstanceId, osVersion, bootedAtMs: occurredAtMs };
      return { ...before, condition: 'up', conditionReason: null, boot };
    }
    case 'HostCordoned':
      return { ...state, cordoned: true, cordonReason: event.payload.reason };
    case 'HostUncordoned':
      return { ...state, cordoned: false, cordonReason: null, drain: null };
    case 'HostDrainStarted': {
      const { evictAtMs, reason } = event.payload;
      const startedAtMs = state.drain?.startedAtMs ?? occurredAtMs;
      return { ...state, drain: { startedAtMs, evictAtMs, drainedAtMs: null, reason } };
    }
    case 'HostDrained': {
      const drain = state.drain ?? { startedAtMs: occurredAtMs, evictAtMs: null, reason: null };
      return { ...state, drain: { ...drain, drainedAtMs: occurredAtMs } };
    }
    case 'HostQuarantined': {
      const sinceMs = state.quarantine?.sinceMs ?? occurredAtMs;
      const { stop, reason } = event.payload;
      return { ...state, quarantine: { sinceMs, stop, reason } };
    }
    case 'HostReleasedFromQuarantine':
      return { ...state, quarantine: null };
    case 'HostLost':
      return { ...state, condition: 'lost', conditionReason: null };
    case 'HostFenced':
      return { ...state, condition: 'fenced', conditionReason: event.payload.reason };
    case 'HostRecovered':
      return { ...state, condition: 'up', conditionReason: null };
    case 'HostRebootRequested':
      return { ...state, reboot: { ...event.payload, requestedAtMs: occurredAtMs } };
    case 'HostRetired':
      return { ...state, condition: 'retired', conditionReason: event.payload.reason };
    default:
      return unknownEvent(event);
  }
}

/** Whether new work may be placed on it. */
export function acceptsPlacements(state: HostState): boolean {
  const { condition, cordoned, drain, quarantine, boot, reboot } = state;
  const isClosed = cordoned || drain !== null || quarantine !== null || reboot !== undefined;
  return condition === 'up' && !isClosed && boot !== null;
}

/** Why what still runs there must go elsewhere by now, or null while it may stay. */
export function evictsBecause(state: HostState, nowMs: TimeMs): EvictionCause | null {
  const { drain, quarantine } = state;
  if (quarantine?.stop) return 'quarantine';
  if (drain === null || drain.drainedAtMs !== null) return null;
  const { evictAtMs } = drain;
  return evictAtMs !== null && nowMs >= evictAtMs ? 'drain' : null;
}

/**
 * Whether what ended there must be left as it is. A machine that an operator has declared off is asked
 * for nothing any more, so what the log still holds there is let go.
 */
export function keepsEvidence({ quarantine, condition }: HostState): boolean {
  return quarantine !== null && condition !== 'fenced';
}
