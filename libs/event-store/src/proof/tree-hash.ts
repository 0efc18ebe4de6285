import { hash } from 'node:crypto';

/** SHA-256, as RFC 6962 has it. */
export const HASH_BYTES = 32;

/** RFC 6962: leaves and nodes begin with different bytes, so neither can pass for the other. */
const LEAF_PREFIX = '\u0000';
const NODE_PREFIX = 1;

/** Node hashes are the bulk of the work; they share these bytes instead of making new ones each time. */
const pair = Buffer.alloc(1 + 2 * HASH_BYTES);
pair[0] = NODE_PREFIX;

/**
 * One character a byte, because making such a string and copying it costs Node less than half of what
 * making a buffer for each hash costs.
 */
function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'binary');
}

/** The hash of a tree without leaves. */
export const EMPTY_ROOT: Buffer = Buffer.from(sha256(''), 'latin1');

/** The hash of a leaf that is this text in UTF-8. */
export function hashLeafText(leaf: string): Buffer {
  return Buffer.from(sha256(LEAF_PREFIX + leaf), 'latin1');
}

/** The same, written to where it belongs. */
export function writeLeafHash(leaf: string, target: Buffer, offset: number): void {
  target.write(sha256(LEAF_PREFIX + leaf), offset, HASH_BYTES, 'latin1');
}

/** The hash of a leaf that is these bytes. */
export function hashLeaf(leaf: Uint8Array): Buffer {
  const bytes = Buffer.concat([Buffer.from(LEAF_PREFIX), leaf]);
  return Buffer.from(sha256(bytes), 'latin1');
}

/** The hash of the node above two others. */
export function hashNode(left: Uint8Array, right: Uint8Array): Buffer {
  pair.set(left, 1);
  pair.set(right, 1 + HASH_BYTES);
  return Buffer.from(sha256(pair), 'latin1');
}

/** Replaces the first `count` hashes of `hashes` by the half as many nodes directly above them. */
export function hashPairs(hashes: Buffer, count: number): void {
  for (let nr = 0; nr < count / 2; nr += 1) {
    hashes.copy(pair, 1, nr * 2 * HASH_BYTES, (nr + 1) * 2 * HASH_BYTES);
    hashes.write(sha256(pair), nr * HASH_BYTES, HASH_BYTES, 'latin1');
  }
}
