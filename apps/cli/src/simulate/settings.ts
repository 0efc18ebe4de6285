import { MIX_DEFAULTS } from '@bulkhead/simulation';
import { InvalidArgumentError } from 'commander';
import { oneOf, type Setting, whole } from './setting.js';

const PERCENT = [0, 100] as const;
const mix = MIX_DEFAULTS;

/** Everything that two simulations can differ in; each is an option, and can stand behind `--vs`. */
export const SETTINGS = {
  seed: whole('seed', 'of everything that chance decides', 1, [0, 999_999_999]),
  hosts: whole('hosts', 'hosts of the fleet', 10, [1, 10_000]),
  hostCpus: whole('host-cpus', 'processors of a host', 32, [1, 1_024]),
  hostMemoryGib: whole('host-memory-gib', 'memory of a host', 64, [1, 65_536]),
  workloads: whole('workloads', 'workloads that are submitted', mix.workloads, [1, 1_000_000]),
  tenants: whole('tenants', 'tenants that submit them', mix.tenants, [1, 10_000]),
  trusted: whole(
    'trusted',
    'percent of the tenants that are trusted and share a boundary',
    mix.trustedPercent,
    PERCENT,
    'percent',
  ),
  hostile: whole(
    'hostile',
    'percent of the tenants that are hostile',
    mix.hostilePercent,
    PERCENT,
    'percent',
  ),
  load: whole(
    'load',
    "percent of the fleet's memory that what arrives asks for on the average; what utility VMs cost comes on top",
    mix.loadPercent,
    [1, 1_000],
    'percent',
  ),
  arrivals: oneOf('arrivals', 'one by one, or eight together', ['steady', 'bursty']),
  runSeconds: whole('run-seconds', 'median of the run times', mix.runSeconds, [1, 86_400]),
  images: oneOf('images', 'what is run', ['mixed', 'nanoserver', 'servercore']),
  walls: oneOf('walls', 'who gets a utility VM: whom policy says, or everybody', [
    'policy',
    'hyperv',
  ]),
  cloning: oneOf('cloning', 'whether utility VMs that boot again and again are cloned', [
    'off',
    'on',
  ]),
  warmPool: whole(
    'warm-pool',
    'clones that a host keeps ready of each template; more than 0 turns cloning on',
    0,
    [0, 64],
  ),
  patienceMs: whole(
    'patience-ms',
    'how long a workload waits for a kernel of its boundary before it gets a utility VM',
    2_000,
    [0, 86_400_000],
    'ms',
  ),
} as const satisfies Record<string, Setting<unknown>>;

export type SettingName = keyof typeof SETTINGS;
export type Settings = {
  readonly [Name in SettingName]: ReturnType<(typeof SETTINGS)[Name]['parse']>;
};

/** One setting with another value. */
export interface Change {
  readonly name: SettingName;
  readonly value: Settings[SettingName];
  /** As it was typed. */
  readonly text: string;
}

/** Reads `walls=hyperv`. @throws InvalidArgumentError */
export function parseChange(text: string): Change {
  const [, typed, value] = /^([a-z-]+)=(.+)$/.exec(text) ?? [];
  const found = Object.entries(SETTINGS).find(([, setting]) => setting.name === typed);
  if (found === undefined || value === undefined) {
    const names = Object.values(SETTINGS).map(({ name }) => name);
    throw new InvalidArgumentError(`expected SETTING=VALUE with one of ${names.join(', ')}`);
  }
  const [name, setting] = found;
  return { name: name as SettingName, value: typedValue(setting, value), text };
}

/** Of several settings in one option, the message says which is wrong. @throws InvalidArgumentError */
function typedValue({ name, parse }: Setting<unknown>, text: string): Settings[SettingName] {
  try {
    return parse(text) as Settings[SettingName];
  } catch (error) {
    throw new InvalidArgumentError(`${name}: ${(error as Error).message}`);
  }
}

/** The settings with these changes. */
export function changed(settings: Settings, changes: readonly Change[]): Settings {
  return { ...settings, ...Object.fromEntries(changes.map(({ name, value }) => [name, value])) };
}
