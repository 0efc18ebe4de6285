import { createHash } from 'node:crypto';

/**
 * A number in [0, 1) that depends on seed and text alone: the same users are picked by every import of
 * a log with the same seed, whatever else stands in the log.
 */
export function fractionOf(seed: number, text: string): number {
  const digest = createHash('sha256').update(`${seed}:${text}`).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}
