import type { Event, TimeMs } from '../event.js';
import type { HostId, KernelInstanceId } from '../ids.js';
import type { Architecture, OsVersion } from '../image/events.js';
import type { TrustBoundary } from '../tenant/events.js';
import type { Labels } from './labels.js';
import type { SimulatedFaults } from './simulated-faults.js';

/** Only honoured by simulated hosts: stage times are divided by `timeScale` and drawn from `seed`. */
export interface HostSimulation {
  readonly timeScale: number;
  readonly seed: number;
  /** Whether it comes with every layer of the seeded catalogue, as it does where nothing is said. */
  readonly preloadedImages?: 'catalogue' | 'none';
  /** How many addresses its network has to give; those of a whole 172.16.0.0/16 where nothing is said. */
  readonly natAddresses?: number;
  /** What goes wrong on it; nothing where nothing is said. */
  readonly faults?: SimulatedFaults;
}

/** A machine as an operator registers it. */
export interface HostSpec {
  readonly hostId: HostId;
  readonly name: string;
  readonly driver: 'simulated-host';
  readonly os: 'windows';
  readonly osVersion: OsVersion;
  readonly architecture: Architecture;
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  readonly hypervPresent: boolean;
  readonly labels: Labels;
  readonly simulation: HostSimulation | null;
}

export type HostRegistered = Event<'HostRegistered', 2, HostSpec>;
/** The host reported a boot: from here on it has this kernel, and everything of an earlier boot is gone. */
export type HostBooted = Event<
  'HostBooted',
  1,
  { bootId: string; kernelInstanceId: KernelInstanceId; osVersion: OsVersion }
>;
export type HostCordoned = Event<'HostCordoned', 1, { reason: string }>;
/** New work again; a drain that was going on has ended too. */
export type HostUncordoned = Event<'HostUncordoned', 1, { reason: string }>;
/** Nothing new comes; from `evictAtMs` on, what still runs is evicted (null: it may go on until it ends). */
export type HostDrainStarted = Event<
  'HostDrainStarted',
  1,
  { reason: string; evictAtMs: TimeMs | null }
>;
/** Nothing holds a place there any more, and nothing will until it is uncordoned. */
export type HostDrained = Event<'HostDrained', 1, { drainStartedAtMs: TimeMs }>;
/**
 * Something may have happened there: nothing new comes and nothing starts, and what its compute systems
 * leave behind is kept. With `stop`, what runs is evicted; else it goes on.
 */
export type HostQuarantined = Event<'HostQuarantined', 1, { reason: string; stop: boolean }>;
/** The evidence is no longer needed: what waited to be released is released. */
export type HostReleasedFromQuarantine = Event<'HostReleasedFromQuarantine', 1, { reason: string }>;
/** It stopped answering. What ran there is unknown until a confirmed end. */
export type HostLost = Event<'HostLost', 1, { lastHeardAtMs: TimeMs }>;
/** An operator states that the machine is off: everything that ran there has ended. */
export type HostFenced = Event<'HostFenced', 1, { reason: string }>;
/** It answers again with the boot that was known, so what survived there still runs. */
export type HostRecovered = Event<'HostRecovered', 1, { bootId: string }>;
/**
 * It holds nothing, and its kernel belongs to another boundary than the one that waits for a kernel: a new
 * boot frees it. Nothing is placed there until then.
 */
export type HostRebootRequested = Event<
  'HostRebootRequested',
  1,
  {
    /** The boot that is to end. */
    bootId: string;
    /** Who waits for a kernel. */
    trustBoundary: TrustBoundary;
  }
>;

/** It has left the fleet for good. */
export type HostRetired = Event<'HostRetired', 1, { reason: string }>;

export type HostEvent =
  | HostRegistered
  | HostBooted
  | HostCordoned
  | HostUncordoned
  | HostDrainStarted
  | HostDrained
  | HostQuarantined
  | HostReleasedFromQuarantine
  | HostLost
  | HostFenced
  | HostRecovered
  | HostRebootRequested
  | HostRetired;
