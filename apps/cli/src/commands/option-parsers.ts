import { InvalidArgumentError } from 'commander';
import { type HostileChoice, parseHostileChoice } from '../import/hostile-choice.js';

/** A whole number within bounds. */
export function atLeast(least: number, most = Number.MAX_SAFE_INTEGER): (text: string) => number {
  return (text) => {
    const value = /^-?\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    const bounds = most === Number.MAX_SAFE_INTEGER ? `${least} or more` : `${least} to ${most}`;
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

/** A path or name, which an unset variable of a shell leaves empty. */
export function filled(text: string): string {
  if (text === '') throw new InvalidArgumentError('it is empty');
  return text;
}
