import { whyNoTreeHead } from './head-text.js';
import type { NoteVerifier } from './note-key.js';
import { NoteRefused } from './signed-note.js';
import { openTreeHead, type SignedTreeHead } from './tree-head.js';

/** A head and when it was signed, which the signature does not cover: it is for people. */
export interface DatedTreeHead extends SignedTreeHead {
  readonly signedAtMs: number;
}

/** Many times what a signed head has, so that a file without line ends is not read into memory whole. */
const LINE_CHARS_MAX = 64 * 1024;

/** A head as one line of the history, without its line end. */
export function historyLine({ size, rootHash, signedAtMs, signedNote }: DatedTreeHead): string {
  const signedAt = new Date(signedAtMs).toISOString();
  return JSON.stringify({ size, rootHash: rootHash.toString('base64'), signedAt, signedNote });
}

/** The text of the head that a line of the history holds; nothing is checked yet. @throws NoteRefused */
export function signedNoteOf(line: string): string {
  try {
    const { signedNote } = JSON.parse(line.trim()) as { signedNote?: unknown };
    if (typeof signedNote === 'string') return signedNote;
  } catch {
    // Said below.
  }
  throw new NoteRefused('it is not JSON with a signedNote', 'unreadable');
}

/**
 * The heads in a text, oldest first, at least one; see `treeHeadsFrom`.
 * @throws NoteRefused
 */
export function treeHeadsIn(
  text: string,
  verifiers: readonly NoteVerifier[],
): readonly SignedTreeHead[] {
  const reader = new HeadReader(verifiers);
  const heads = [...reader.read(text), ...reader.finish()];
  return heads.sort((one, other) => one.size - other.size);
}

/**
 * The heads in a file, in its order, at least one: one signed tree head, or a history with one a line. All
 * of them are checked, and none is kept: memory does not grow with the history. Empty lines of a history
 * are passed over, and so is the beginning of a last line, which a crash or a copy leaves of a write.
 * @param chunks the file's text, cut anywhere
 * @param onCutLine is told the number of such a last line
 * @throws NoteRefused at the first that cannot be read or trusted, or where no whole one is left: whoever
 *   names a file wants to have something compared
 */
export async function* treeHeadsFrom(
  chunks: AsyncIterable<string>,
  verifiers: readonly NoteVerifier[],
  onCutLine?: (line: number) => void,
): AsyncGenerator<SignedTreeHead> {
  const reader = new HeadReader(verifiers, onCutLine);
  for await (const chunk of chunks) yield* reader.read(chunk);
  yield* reader.finish();
}

class HeadReader {
  private rest = '';
  private lines = 0;
  private heads = 0;
  private isHistory: boolean | null = null;

  constructor(
    private readonly verifiers: readonly NoteVerifier[],
    private readonly onCutLine: (line: number) => void = () => undefined,
  ) {}

  *read(chunk: string): Generator<SignedTreeHead> {
    const text = this.rest + chunk;
    const start = this.isHistory === null ? text.trimStart() : '';
    if (start !== '') this.isHistory = start.startsWith('{');
    const lines = this.isHistory === true ? text.split('\n') : [text];
    this.rest = lines.pop() ?? '';
    for (const line of lines) yield* this.open(line);
    if (this.rest.length > LINE_CHARS_MAX) {
      throw unreadable(`line ${this.lines + 1}: it is longer than any tree head`);
    }
  }

  *finish(): Generator<SignedTreeHead> {
    if (this.isHistory !== true) yield openSingle(this.rest, this.verifiers);
    // Copies often lack the last line end. Without it, only what is JSON as it stands can be a whole line.
    else if (isJson(this.rest)) yield* this.open(this.rest);
    else if (this.heads === 0)
      throw unreadable('it holds the beginning of a tree head, but no whole one');
    else if (this.rest.trim() !== '') this.onCutLine(this.lines + 1);
  }

  private *open(line: string): Generator<SignedTreeHead> {
    this.lines += 1;
    if (line.trim() === '') return;
    this.heads += 1;
    yield this.opened(line);
  }

  private opened(line: string): SignedTreeHead {
    try {
      return openTreeHead(signedNoteOf(line), this.verifiers);
    } catch (error) {
      if (!(error instanceof NoteRefused)) throw error;
      throw new NoteRefused(`line ${this.lines}: ${error.message}`, error.kind);
    }
  }
}

function openSingle(text: string, verifiers: readonly NoteVerifier[]): SignedTreeHead {
  const why = whyNoTreeHead(text);
  if (why !== null) throw unreadable(why);
  return openTreeHead(text, verifiers);
}

function unreadable(message: string): NoteRefused {
  return new NoteRefused(message, 'unreadable');
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
