import { InvalidArgumentError } from 'commander';
import { type HostileChoice, parseHostileChoice } from '../import/hostile-choice.js';
import type { HostFaults } from '../import/plan-hosts.js';

/** A whole number within bounds. */
export function atLeast(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    const isTooLarge = /^\d+$/.test(text) && Number(text) > most;
    const isOpen = most === Number.MAX_SAFE_INTEGER && !isTooLarge;
    const bounds = isOpen ? `${least} or more` : `${least} to ${most}`;
    throw new InvalidArgumentError(`expected a whole number, ${bounds}`);
  };
}

/** A number above 0, with or without a fraction. */
export function positive(most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,9}(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
    if (value > 0 && value <= most) return value;
    throw new InvalidArgumentError(`expected a number above 0, at most ${most}`);
  };
}

/** `20%` or `3,7,9`. */
export function hostile(text: string): HostileChoice {
  try {
    return parseHostileChoice(text);
  } catch (error) {
    throw new InvalidArgumentError((error as Error).message);
  }
}

/** `proposed` or `seed:7`. */
export function hostFaults(text: string): HostFaults {
  if (text === 'proposed') return { rates: 'proposed' };
  const seed = /^seed:(\d{1,9})$/.exec(text)?.[1];
  if (seed !== undefined) return { seed: Number(seed) };
  throw new InvalidArgumentError('expected proposed, or seed: and a number');
}

/** A path or name, which an unset variable of a shell leaves empty. */
export function filled(text: string): string {
  if (text === '') throw new InvalidArgumentError('it is empty');
  return text;
}
