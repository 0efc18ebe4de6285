import { InvalidArgumentError } from 'commander';

/** One thing that a simulation can be told, as an option and behind `--vs`. */
export interface Setting<Value> {
  /** As an option without its dashes, `host-memory-gib`. */
  readonly name: string;
  readonly placeholder: string;
  readonly describe: string;
  readonly otherwise: Value;
  /** @throws InvalidArgumentError with a sentence for the one who typed it */
  parse(text: string): Value;
}

/** A whole number within bounds. */
export function whole(
  name: string,
  describe: string,
  otherwise: number,
  [least, most]: readonly [number, number],
  placeholder = 'n',
): Setting<number> {
  const parse = (text: string) => {
    const value = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (value >= least && value <= most) return value;
    throw new InvalidArgumentError(`expected a whole number, ${least} to ${most}`);
  };
  return { name, placeholder, describe, otherwise, parse };
}

/** One of a few words; the first is what holds otherwise. */
export function oneOf<const Words extends readonly [string, ...string[]]>(
  name: string,
  describe: string,
  words: Words,
): Setting<Words[number]> {
  const parse = (text: string) => {
    const word = words.find((known) => known === text);
    if (word !== undefined) return word;
    throw new InvalidArgumentError(`expected ${words.join(' or ')}`);
  };
  return { name, placeholder: words.join('|'), describe, otherwise: words[0], parse };
}
