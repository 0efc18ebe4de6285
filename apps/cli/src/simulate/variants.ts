import { scenarioOf } from './scenario-of.js';
import { type Change, changed, SETTINGS, type SettingName, type Settings } from './settings.js';

/** One of the simulations that stand side by side. */
export interface Variant {
  readonly name: string;
  readonly settings: Settings;
}

/** What the generated mix is made of: with a job log, the log says that. */
export const OF_THE_MIX = [
  'workloads',
  'tenants',
  'trusted',
  'hostile',
  'load',
  'arrivals',
  'runSeconds',
  'images',
] as const satisfies readonly SettingName[];

/**
 * What is to be simulated: the settings, and beside them those that `--vs` makes of them.
 * @throws RangeError before anything is computed, where one makes no sense or both are the same
 */
export function variantsOf(
  first: Settings,
  changes: readonly Change[] | undefined,
  isOfLog: boolean,
): readonly Variant[] {
  const variants =
    changes === undefined
      ? [{ name: 'simulation', settings: first }]
      : [
          { name: namesIn(first, changes), settings: first },
          { name: changes.map(({ text }) => text).join(' '), settings: changed(first, changes) },
        ];
  if (changes !== undefined) refuseUseless(first, changes, isOfLog);
  // A job log brings its own tenants; of a mix, they are planned here only to see whether that can be done.
  for (const { settings } of isOfLog ? [] : variants) scenarioOf(settings, null);
  return variants;
}

function refuseUseless(first: Settings, changes: readonly Change[], isOfLog: boolean): void {
  const names = changes.map(({ name }) => name);
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new RangeError(`--vs says ${SETTINGS[twice].name} twice`);
  const logs = isOfLog ? names.find((name) => OF_THE_MIX.some((of) => of === name)) : undefined;
  if (logs !== undefined) {
    throw new RangeError(`--log says what ${SETTINGS[logs].name} would; leave it out of --vs`);
  }
  if (changes.every(({ name, value }) => first[name] === value)) {
    throw new RangeError(
      `--vs ${namesIn(first, changes)} changes nothing: the first simulation has that already`,
    );
  }
}

/** The settings that the other simulation changes, as they are in the first. */
function namesIn(settings: Settings, changes: readonly Change[]): string {
  return changes.map(({ name }) => `${SETTINGS[name].name}=${settings[name]}`).join(' ');
}
