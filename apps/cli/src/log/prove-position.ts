import {
  canonicalLeaf,
  entryLine,
  hashLeafText,
  MalformedEntry,
  NoteRefused,
  type NoteVerifier,
  openTreeHead,
  parseEntryLine,
  type RawEntry,
  type SignedTreeHead,
  verifyInclusion,
} from '@bulkhead/event-store/proof';
import type { HttpLog } from './http-log.js';

/** A proof and what it proves: everything that somebody needs to check it again without any server. */
export interface ProvedEntry {
  readonly verified: boolean;
  readonly position: number;
  readonly leafIndex: number;
  readonly treeSize: number;
  readonly origin: string | null;
  /** SHA-256 of the leaf, in base64, computed here from what the server sent; null where it sent none. */
  readonly leafHash: string | null;
  /** RFC 6962 audit path, from the leaf up. */
  readonly hashes: readonly string[];
  readonly rootHash: string;
  /** The signed tree head, as it was served. */
  readonly checkpoint: string;
  /** With the fields, and their spelling, of a line of an export. */
  readonly entry: Readonly<Record<string, unknown>> | null;
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
  const { treeSize, rootHash, checkpoint } = proof;
  const hashes = proof.hashes.map((hash) => hash.toString('base64'));
  const none = { verified: false, origin: null, leafHash: null, entry: null };
  const told = {
    ...none,
    ...{ position, leafIndex: position - 1, treeSize, hashes, rootHash, checkpoint },
  };
  try {
    const head = openTreeHead(checkpoint, verifiers);
    const { size, origin } = head;
    const signed = { ...told, origin, treeSize: size, rootHash: head.rootHash.toString('base64') };
    const claim = claimOf(head, position, proof.hashes);
    const isLeafSigned = verifyInclusion({ ...claim, leafHash: proof.leafHash });
    const entry = line === null ? null : parseEntryLine(line);
    if (entry?.position !== position)
      return { ...signed, problem: missing(position, isLeafSigned) };
    const leafHash = hashLeafText(canonicalLeaf(entry));
    const isIn = verifyInclusion({ ...claim, leafHash });
    const shown = { ...signed, leafHash: leafHash.toString('base64'), entry: fieldsOf(entry) };
    return { ...shown, verified: isIn, problem: isIn ? null : differs(position, isLeafSigned) };
  } catch (error) {
    if (error instanceof NoteRefused) {
      return { ...told, problem: `the tree head cannot be trusted: ${error.message}` };
    }
    if (error instanceof MalformedEntry) return { ...told, problem: error.message };
    throw error;
  }
}

function claimOf(
  { size, rootHash: root }: SignedTreeHead,
  position: number,
  proof: readonly Buffer[],
) {
  return { index: position - 1, size, root, proof };
}

function fieldsOf(entry: RawEntry): Readonly<Record<string, unknown>> {
  return JSON.parse(entryLine(entry)) as Readonly<Record<string, unknown>>;
}

function missing(position: number, isLeafSigned: boolean): string {
  const leaf = isLeafSigned
    ? 'the tree that was signed has its leaf, so it was there and was deleted'
    : 'what the server shows as its leaf is not in the tree that was signed either';
  return `the event at position ${position} is missing from the log; ${leaf}`;
}

function differs(position: number, isLeafSigned: boolean): string {
  return isLeafSigned
    ? `the event at position ${position} is not the one that was signed: the tree has the leaf of another`
    : `the entry at position ${position} is not in the tree that was signed: it, the proof or the tree was changed`;
}
