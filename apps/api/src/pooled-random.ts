import type { RandomBytes } from './sources.js';

const POOL_BYTES = 4_096;

/**
 * Random bytes, drawn for many uses at once: asking the system for the few that a salt or a nonce has costs ten
 * times as much as all else of it, and every submission has both. No byte is ever handed out twice.
 *
 * @param draw where they come from
 */
export function pooledRandom(draw: RandomBytes): RandomBytes {
  let pool: Buffer = Buffer.alloc(0);
  let used = 0;
  return (count) => {
    if (count > POOL_BYTES) return draw(count);
    if (used + count > pool.length) {
      // A new one: what was handed out of the old one is somebody's.
      pool = draw(POOL_BYTES);
      used = 0;
    }
    used += count;
    return pool.subarray(used - count, used);
  };
}
