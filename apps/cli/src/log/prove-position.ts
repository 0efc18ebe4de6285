import {
  canonicalLeaf,
  hashLeafText,
  MalformedEntry,
  NoteRefused,
  type NoteVerifier,
  openTreeHead,
  parseEntryLine,
  type RawEntry,
  verifyInclusion,
} from '@bulkhead/event-store/proof';
import { BadAnswer } from '../import/tenant-access.js';
import type { HttpLog } from './http-log.js';

export interface ProvedEntry {
  readonly verified: boolean;
  readonly position: number;
  readonly treeSize: number;
  readonly origin: string | null;
  /** SHA-256 of the leaf, in base64, computed here from what the server sent. */
  readonly leafHash: string | null;
  readonly hashes: readonly string[];
  readonly entry: RawEntry | null;
  readonly problem: string | null;
}

/** Gets an entry and its inclusion proof from the server, and checks one against the other here. */
export async function provePosition(
  log: HttpLog,
  position: number,
  verifiers: readonly NoteVerifier[],
): Promise<ProvedEntry> {
  const proof = await log.inclusionProof(position);
  const line = await log.line(position);
  if (line === null) throw new BadAnswer(`the log has no entry at position ${position} any more`);
  const hashes = proof.hashes.map((hash) => hash.toString('base64'));
  const none = { verified: false, origin: null, leafHash: null, entry: null };
  const told = { ...none, position, treeSize: proof.treeSize, hashes };
  try {
    const head = openTreeHead(proof.checkpoint, verifiers);
    const entry = parseEntryLine(line);
    const leafHash = hashLeafText(canonicalLeaf(entry));
    const { size, rootHash: root, origin } = head;
    const claim = { leafHash, index: position - 1, size, root, proof: proof.hashes };
    const isIn = entry.position === position && verifyInclusion(claim);
    const problem = `the entry at position ${position} is not in the tree that was signed: it, the proof or the tree was changed`;
    const shown = { ...told, origin, treeSize: size, leafHash: leafHash.toString('base64'), entry };
    return { ...shown, verified: isIn, problem: isIn ? null : problem };
  } catch (error) {
    if (error instanceof NoteRefused) {
      return { ...told, problem: `the tree head cannot be trusted: ${error.message}` };
    }
    if (error instanceof MalformedEntry) return { ...told, problem: error.message };
    throw error;
  }
}
