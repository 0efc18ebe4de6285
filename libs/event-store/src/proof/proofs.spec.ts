import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type ConsistencyClaim,
  consistencyProof,
  type InclusionClaim,
  inclusionProof,
  rootAt,
  verifyConsistency,
  verifyInclusion,
} from './proofs.js';
import { EMPTY_ROOT, hashLeafText } from './tree-hash.js';
import { leavesUpTo, treeOf } from './tree-in-memory.contract.js';

const LEAVES = leavesUpTo(1_200);
const TREE = treeOf(LEAVES);
/** Ten million events: more than two full levels of tiles, so a proof may need four of them a side. */
const TILE_READS_MAX = 8;

async function inclusionClaim(index: number, size: number): Promise<InclusionClaim> {
  const [root, proof] = [await rootAt(TREE, size), await inclusionProof(TREE, index, size)];
  return { leafHash: hashLeafText(LEAVES[index]!), index, size, root, proof };
}

async function consistencyClaim(from: number, to: number): Promise<ConsistencyClaim> {
  const [fromRoot, toRoot] = [await rootAt(TREE, from), await rootAt(TREE, to)];
  return { from, fromRoot, to, toRoot, proof: await consistencyProof(TREE, from, to) };
}

/** The same bytes with one bit turned over. */
function bent(bytes: Uint8Array, bit: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[(bit >> 3) % copy.length]! ^= 1 << (bit & 7);
  return copy;
}

const sizes = fc.integer({ min: 1, max: LEAVES.length });
const pairs = fc.tuple(sizes, sizes).map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const);
const bits = fc.nat(8 * 32 * 24);

describe('an inclusion proof', () => {
  it('proves every leaf of every small tree', async () => {
    for (let size = 1; size <= 40; size += 1) {
      for (let index = 0; index < size; index += 1) {
        expect(verifyInclusion(await inclusionClaim(index, size))).toBe(true);
      }
    }
  });

  it('proves any leaf of any tree, and nothing once a bit, the place or the size is another', async () => {
    await fc.assert(
      fc.asyncProperty(pairs, bits, async ([below, size], bit) => {
        const claim = await inclusionClaim(below - 1, size);
        expect(verifyInclusion(claim)).toBe(true);
        expect(verifyInclusion({ ...claim, leafHash: bent(claim.leafHash, bit) })).toBe(false);
        expect(verifyInclusion({ ...claim, root: bent(claim.root, bit) })).toBe(false);
        expect(verifyInclusion({ ...claim, index: claim.index + 1 })).toBe(false);
        expect(verifyInclusion({ ...claim, proof: [...claim.proof, claim.root] })).toBe(false);
        claim.proof.forEach((hash, nr) => {
          const proof = claim.proof.with(nr, bent(hash, bit));
          expect(verifyInclusion({ ...claim, proof })).toBe(false);
          expect(verifyInclusion({ ...claim, proof: claim.proof.toSpliced(nr, 1) })).toBe(false);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('is refused for a leaf that the tree does not have', async () => {
    await expect(async () => inclusionProof(TREE, 5, 5)).rejects.toThrow(
      'a tree of size 5 has no leaf 5',
    );
    await expect(async () => inclusionProof(TREE, -1, 5)).rejects.toThrow(RangeError);
    await expect(async () => inclusionProof(TREE, 0.5, 5)).rejects.toThrow(RangeError);
  });

  it('is read in one go, from a few tiles however large the tree is', async () => {
    TREE.read.tiles = 0;
    TREE.read.calls = 0;
    await inclusionProof(TREE, 700, 1_199);
    expect(TREE.read.calls).toBe(1);
    expect(TREE.read.tiles).toBeLessThanOrEqual(4);
    const asked: number[] = [];
    const counting = {
      readTiles: async (ids: readonly unknown[]) => {
        asked.push(ids.length);
        return ids.map(() => Buffer.alloc(256 * 32));
      },
    };
    await inclusionProof(counting, 5_000_000, 9_999_999);
    await consistencyProof(counting, 5_000_001, 9_999_999);
    expect(asked).toHaveLength(2);
    expect(Math.max(...asked)).toBeLessThanOrEqual(TILE_READS_MAX);
  });
});

describe('a consistency proof', () => {
  it('proves for all small trees that the larger begins with the smaller', async () => {
    for (let to = 0; to <= 40; to += 1) {
      for (let from = 0; from <= to; from += 1) {
        expect(verifyConsistency(await consistencyClaim(from, to))).toBe(true);
      }
    }
  });

  it('proves it for any two trees, and nothing once a bit or a size is another', async () => {
    await fc.assert(
      fc.asyncProperty(pairs, bits, async ([from, to], bit) => {
        const claim = await consistencyClaim(from, to);
        expect(verifyConsistency(claim)).toBe(true);
        expect(verifyConsistency({ ...claim, fromRoot: bent(claim.fromRoot, bit) })).toBe(false);
        expect(verifyConsistency({ ...claim, toRoot: bent(claim.toRoot, bit) })).toBe(false);
        expect(verifyConsistency({ ...claim, proof: [...claim.proof, claim.toRoot] })).toBe(false);
        claim.proof.forEach((hash, nr) => {
          const proof = claim.proof.with(nr, bent(hash, bit));
          expect(verifyConsistency({ ...claim, proof })).toBe(false);
          expect(verifyConsistency({ ...claim, proof: claim.proof.toSpliced(nr, 1) })).toBe(false);
        });
      }),
      { numRuns: 60 },
    );
  });

  it('does not exist where a log was rewritten', async () => {
    const rewritten = treeOf(LEAVES.with(3, 'something else'));
    const claim = await consistencyClaim(100, 200);
    const toRoot = await rootAt(rewritten, 200);
    for (const tree of [TREE, rewritten]) {
      const proof = await consistencyProof(tree, 100, 200);
      expect(verifyConsistency({ ...claim, toRoot, proof })).toBe(false);
    }
  });

  it('needs no hashes from an empty tree, whose root everybody knows', () => {
    const claim = { from: 0, fromRoot: EMPTY_ROOT, to: 3, toRoot: Buffer.alloc(32), proof: [] };
    expect(verifyConsistency(claim)).toBe(true);
    expect(verifyConsistency({ ...claim, fromRoot: Buffer.alloc(32) })).toBe(false);
  });

  it('is refused for a larger tree before a smaller one', async () => {
    await expect(async () => consistencyProof(TREE, 6, 5)).rejects.toThrow(
      'a tree of size 5 cannot begin with one of size 6',
    );
  });
});
