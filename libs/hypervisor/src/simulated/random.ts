import type { RandomSource } from '@bulkhead/domain';

const TWO_POW_32 = 0x1_0000_0000;
/** The first numbers of sfc32 still show the seed; twelve rounds are its author's advice. */
const WARM_UP_ROUNDS = 12;

/** Four 32-bit words from a text (FNV-1a with a different start for each word, then a final mix). */
function wordsOf(text: string): [number, number, number, number] {
  const word = (start: number) => {
    let hash = start;
    for (let at = 0; at < text.length; at++) {
      hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
    }
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  };
  return [word(0x811c9dc5), word(0x9e3779b9), word(0x243f6a88), word(0xb7e15162)];
}

/** The generator sfc32 (small fast counter): the same text gives the same numbers everywhere. */
export function randomFrom(seed: string): RandomSource {
  let [a, b, c, counter] = wordsOf(seed);
  const next = () => {
    const sum = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = (b ^ (b >>> 9)) >>> 0;
    b = (c + (c << 3)) >>> 0;
    c = ((c << 21) | (c >>> 11)) >>> 0;
    c = (c + sum) >>> 0;
    return sum / TWO_POW_32;
  };
  for (let round = 0; round < WARM_UP_ROUNDS; round++) next();
  return next;
}

/**
 * The numbers of one compute system on one host. They hang on host seed and id alone, so what happens to
 * one attempt does not depend on which others came before it.
 */
export function randomOf(hostSeed: number, computeSystemId: string): RandomSource {
  return randomFrom(`${hostSeed}/${computeSystemId}`);
}

/** A standard normal number (Box-Muller). */
export function normalFrom(random: RandomSource): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return radius * Math.cos(2 * Math.PI * random());
}

/** So many hexadecimal digits. */
export function hexFrom(random: RandomSource, count: number): string {
  return Array.from({ length: count }, () => Math.floor(random() * 16).toString(16)).join('');
}

/** In the form of Windows: 8-4-4-4-12. */
export function guidFrom(random: RandomSource): string {
  return [8, 4, 4, 4, 12].map((count) => hexFrom(random, count)).join('-');
}
