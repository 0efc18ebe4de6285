import type { NoteVerifier } from './note-key.js';
import { NoteRefused } from './signed-note.js';
import { openTreeHead, type SignedTreeHead } from './tree-head.js';

/** A head and when it was signed, which the signature does not cover: it is for people. */
export interface DatedTreeHead extends SignedTreeHead {
  readonly signedAtMs: number;
}

/** A head as one line of the history, without its line end. */
export function historyLine({ size, rootHash, signedAtMs, signedNote }: DatedTreeHead): string {
  const signedAt = new Date(signedAtMs).toISOString();
  return JSON.stringify({ size, rootHash: rootHash.toString('base64'), signedAt, signedNote });
}

/** The text of the head that a line of the history holds; nothing is checked yet. @throws NoteRefused */
export function signedNoteOf(line: string): string {
  try {
    const { signedNote } = JSON.parse(line) as { signedNote?: unknown };
    if (typeof signedNote === 'string') return signedNote;
  } catch {
    // Said below.
  }
  throw new NoteRefused('a line of the history is not JSON with a signedNote');
}

/**
 * The heads in a file, oldest first: one signed tree head, or a history with one a line. All of them
 * are checked. A line without its end is what a crash leaves of a write, and is passed over.
 * @throws NoteRefused at the first that cannot be trusted
 */
export function treeHeadsIn(
  text: string,
  verifiers: readonly NoteVerifier[],
): readonly SignedTreeHead[] {
  if (!text.startsWith('{')) return [openTreeHead(text, verifiers)];
  const lines = text.split('\n').slice(0, -1);
  return lines
    .map((line, nr) => {
      try {
        return openTreeHead(signedNoteOf(line), verifiers);
      } catch (error) {
        if (!(error instanceof NoteRefused)) throw error;
        throw new NoteRefused(`line ${nr + 1}: ${error.message}`);
      }
    })
    .sort((one, other) => one.size - other.size);
}
