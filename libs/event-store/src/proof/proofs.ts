import { rangeHashes, type TileReader } from './tiles.js';
import { EMPTY_ROOT, hashNode } from './tree-hash.js';
import { checkedSize, consistencyRanges, inclusionRanges } from './tree-shape.js';

/** The root of a stored tree where it had `size` leaves. @throws MissingTile */
export async function rootAt(reader: TileReader, size: number): Promise<Buffer> {
  if (checkedSize(size) === 0) return EMPTY_ROOT;
  const [root] = await rangeHashes(reader, [{ start: 0, end: size }]);
  return root as Buffer;
}

/** RFC 6962 audit path of leaf `index`, counted from 0, in the tree of that size. @throws RangeError, MissingTile */
export function inclusionProof(
  reader: TileReader,
  index: number,
  size: number,
): Promise<readonly Buffer[]> {
  return rangeHashes(reader, inclusionRanges(index, size));
}

/** RFC 6962 proof that the tree of size `to` begins with that of size `from`. @throws RangeError, MissingTile */
export function consistencyProof(
  reader: TileReader,
  from: number,
  to: number,
): Promise<readonly Buffer[]> {
  return rangeHashes(reader, consistencyRanges(from, to));
}

/** What somebody claims of a leaf. */
export interface InclusionClaim {
  readonly leafHash: Uint8Array;
  readonly index: number;
  readonly size: number;
  readonly root: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** What somebody claims of two trees. */
export interface ConsistencyClaim {
  readonly from: number;
  readonly fromRoot: Uint8Array;
  readonly to: number;
  readonly toRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** Whether the leaf stands at that place of that tree (RFC 9162, 2.1.3.2). */
export function verifyInclusion(claim: InclusionClaim): boolean {
  const { index, size, root, proof } = claim;
  if (!isSize(index) || !isSize(size) || index >= size) return false;
  let [at, last, hash] = [index, size - 1, claim.leafHash];
  for (const sibling of proof) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      hash = hashNode(sibling, hash);
      for (; at % 2 === 0 && at > 0; at /= 2) last = Math.floor(last / 2);
    } else {
      hash = hashNode(hash, sibling);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && areEqual(hash, root);
}

/** Whether the larger tree begins with the smaller one (RFC 9162, 2.1.4.2). */
export function verifyConsistency(claim: ConsistencyClaim): boolean {
  const { from, fromRoot, to, toRoot, proof } = claim;
  if (!isSize(from) || !isSize(to) || from > to) return false;
  if (from === to) return proof.length === 0 && areEqual(fromRoot, toRoot);
  if (from === 0) return proof.length === 0 && areEqual(fromRoot, EMPTY_ROOT);
  const path = isPowerOfTwo(from) ? [fromRoot, ...proof] : proof;
  const [first, ...others] = path;
  if (first === undefined) return false;
  let [at, last] = [from - 1, to - 1];
  for (; at % 2 === 1; at = Math.floor(at / 2)) last = Math.floor(last / 2);
  let [old, now] = [first, first];
  for (const hash of others) {
    if (last === 0) return false;
    if (at % 2 === 1 || at === last) {
      old = hashNode(hash, old);
      now = hashNode(hash, now);
      for (; at % 2 === 0 && at > 0; at /= 2) last = Math.floor(last / 2);
    } else {
      now = hashNode(now, hash);
    }
    at = Math.floor(at / 2);
    last = Math.floor(last / 2);
  }
  return last === 0 && areEqual(old, fromRoot) && areEqual(now, toRoot);
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0;
}

function isPowerOfTwo(value: number): boolean {
  let power = 1;
  while (power < value) power *= 2;
  return power === value;
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
