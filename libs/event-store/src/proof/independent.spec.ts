import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { RFC9162 } from '@transmute/rfc9162';
import { describe, expect, it } from 'vitest';
import { noteSigner } from './note-key.js';
import { consistencyProof, inclusionProof, rootAt } from './proofs.js';
import { signTreeHead } from './tree-head.js';
import { leavesUpTo, treeOf } from './tree-in-memory.contract.js';

/** What `@sigstore/verify` does with a Rekor entry is what we want; only its inner files take ours. */
const require = createRequire(import.meta.url);
const tlog = join(dirname(require.resolve('@sigstore/verify')), 'tlog');
interface Checkpoint {
  readonly origin: string;
  readonly logSize: bigint;
  readonly logHash: Buffer;
}
const { verifyCheckpoint } = require(join(tlog, 'checkpoint.js')) as {
  verifyCheckpoint(entry: object, logs: readonly object[]): Checkpoint;
};
const { verifyMerkleInclusion } = require(join(tlog, 'merkle.js')) as {
  verifyMerkleInclusion(entry: object, checkpoint: Checkpoint): void;
};

const ORIGIN = 'log.example/bulkhead';
const { privateKey } = generateKeyPairSync('ed25519');
const SIGNER = noteSigner(ORIGIN, privateKey.export({ type: 'pkcs8', format: 'pem' }) as string);
const LARGEST = 66_100;
const LEAVES = leavesUpTo(LARGEST);
const TREE = treeOf(LEAVES);
const AROUND_POWERS = [255, 256, 257, 511, 513, 65_535, 65_536, 65_537, 65_792, LARGEST];
const EVERY_SMALL = Array.from({ length: 600 }, (_, nr) => nr + 1);

/** How sigstore describes a log that it trusts. */
const logOf = (publicKey: KeyObject) => ({
  logID: Buffer.concat([SIGNER.verifier.keyId, Buffer.alloc(28)]),
  baseURL: `https://${ORIGIN}`,
  publicKey,
});
const OUR_LOG = logOf(createPublicKey(privateKey));

const signedNoteAt = async (size: number) =>
  signTreeHead({ size, rootHash: await rootAt(TREE, size) }, SIGNER).signedNote;

async function entryOf(index: number, size: number, envelope?: string) {
  const hashes = await inclusionProof(TREE, index, size);
  const checkpoint = { envelope: envelope ?? (await signedNoteAt(size)) };
  const proof = { logIndex: String(index), treeSize: String(size), hashes, checkpoint };
  return { canonicalizedBody: Buffer.from(LEAVES[index]!), inclusionProof: proof };
}

describe('sigstore, which knows nothing of us,', () => {
  it('accepts our tree heads and inclusion proofs for trees of many sizes', async () => {
    for (const size of [...EVERY_SMALL, ...AROUND_POWERS]) {
      const envelope = await signedNoteAt(size);
      const checkpoint = verifyCheckpoint(await entryOf(0, size, envelope), [OUR_LOG]);
      expect(checkpoint.origin).toBe(ORIGIN);
      expect(checkpoint.logSize).toBe(BigInt(size));
      for (const index of new Set([size >> 1, size - 1])) {
        verifyMerkleInclusion(await entryOf(index, size, envelope), checkpoint);
      }
    }
  });

  it('refuses a head that was altered or that another key signed', async () => {
    const entry = await entryOf(5, 300);
    const { envelope } = entry.inclusionProof.checkpoint;
    const altered = envelope.replace('\n300\n', '\n301\n');
    const checkpoint = { envelope: altered };
    const forged = { ...entry, inclusionProof: { ...entry.inclusionProof, checkpoint } };
    expect(() => verifyCheckpoint(forged, [OUR_LOG])).toThrow('invalid checkpoint signature');
    const other = logOf(generateKeyPairSync('ed25519').publicKey);
    expect(() => verifyCheckpoint(entry, [other])).toThrow('invalid checkpoint signature');
  });

  it('refuses another leaf, another place and an altered proof', async () => {
    const entry = await entryOf(5, 300);
    const checkpoint = verifyCheckpoint(entry, [OUR_LOG]);
    const { inclusionProof: proof } = entry;
    const hashes = proof.hashes.with(3, Buffer.alloc(32));
    for (const wrong of [
      { ...entry, canonicalizedBody: Buffer.from('another leaf') },
      { ...entry, inclusionProof: { ...proof, logIndex: '6' } },
      { ...entry, inclusionProof: { ...proof, hashes } },
    ]) {
      expect(() => verifyMerkleInclusion(wrong, checkpoint)).toThrow(/root hash does not match/);
    }
  });
});

/** It leaves out what RFC 9162 says of powers of two: to put the old root before the proof. */
async function transmuteAccepts(from: number, to: number, bend = (hashes: Buffer[]) => hashes) {
  const [fromRoot, toRoot] = [await rootAt(TREE, from), await rootAt(TREE, to)];
  const hashes = bend([...(await consistencyProof(TREE, from, to))]);
  const isPowerOfTwo = (from & (from - 1)) === 0;
  return RFC9162.verifyConsistencyProof(fromRoot, toRoot, {
    log_id: '',
    tree_size_1: from,
    tree_size_2: to,
    consistency_path: isPowerOfTwo ? [fromRoot, ...hashes] : hashes,
  });
}

describe('an implementation of RFC 9162 that knows nothing of us', () => {
  it('accepts our consistency proofs between trees of many sizes', async () => {
    for (const to of EVERY_SMALL.slice(1)) {
      const from = to % 2 === 0 ? to - 1 : to >> 1;
      expect(await transmuteAccepts(from, to)).toBe(true);
    }
    for (const [nr, to] of AROUND_POWERS.entries()) {
      for (const from of AROUND_POWERS.slice(0, nr)) {
        expect(await transmuteAccepts(from, to)).toBe(true);
      }
    }
  });

  it('refuses altered ones', async () => {
    for (const [from, to] of [
      [100, 300],
      [256, 600],
      [599, 600],
    ] as const) {
      const turned = (hashes: Buffer[]) => hashes.with(0, Buffer.alloc(32));
      expect(await transmuteAccepts(from, to, turned)).toBe(false);
    }
  });
});
