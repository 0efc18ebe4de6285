import type { Event, TimeMs } from '../event.js';
import type { HostId, KernelInstanceId } from '../ids.js';
import type { Architecture, OsVersion } from '../image/events.js';

/** Only honoured by simulated hosts: stage times are divided by `timeScale` and drawn from `seed`. */
export interface HostSimulation {
  readonly timeScale: number;
  readonly seed: number;
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
  readonly simulation: HostSimulation | null;
}

export type HostRegistered = Event<'HostRegistered', 1, HostSpec>;
/** The host reported a boot: from here on it has this kernel, and everything of an earlier boot is gone. */
export type HostBooted = Event<
  'HostBooted',
  1,
  { bootId: string; kernelInstanceId: KernelInstanceId; osVersion: OsVersion }
>;
export type HostCordoned = Event<'HostCordoned', 1, { reason: string }>;
export type HostUncordoned = Event<'HostUncordoned', 1, { reason: string }>;
/** It stopped answering. What ran there is unknown until a confirmed end. */
export type HostLost = Event<'HostLost', 1, { lastHeardAtMs: TimeMs }>;
/** An operator states that the machine is off: everything that ran there has ended. */
export type HostFenced = Event<'HostFenced', 1, { reason: string }>;
/** It answers again with the boot that was known, so what survived there still runs. */
export type HostRecovered = Event<'HostRecovered', 1, { bootId: string }>;

export type HostEvent =
  | HostRegistered
  | HostBooted
  | HostCordoned
  | HostUncordoned
  | HostLost
  | HostFenced
  | HostRecovered;
