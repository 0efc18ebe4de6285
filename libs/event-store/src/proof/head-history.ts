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
 * The heads in a file, oldest first, at least one: one signed tree head, or a history with one a line. All
 * of them are checked. The beginning of a last line is what a crash leaves of a write, and is passed over.
 * @throws NoteRefused at the first that cannot be trusted, or where no whole one is left: whoever names a
 *   file wants to have something compared
 */
export function treeHeadsIn(
  text: string,
  verifiers: readonly NoteVerifier[],
): readonly SignedTreeHead[] {
  if (!text.startsWith('{')) return [openTreeHead(text, verifiers)];
  const lines = wholeLines(text);
  if (lines.length === 0)
    throw new NoteRefused('it holds the beginning of a tree head, but no whole one');
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

/** Copies often lack the last line end. Without it, only what is JSON as it stands can be a whole line. */
function wholeLines(text: string): readonly string[] {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  try {
    JSON.parse(last);
    lines.push(last);
  } catch {
    // Cut off, or nothing at all.
  }
  return lines;
}
