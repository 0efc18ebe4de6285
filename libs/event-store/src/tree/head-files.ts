import { mkdir, mkdtemp, open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type DatedTreeHead, historyLine } from '../proof/head-history.js';
import type { NoteVerifier } from '../proof/note-key.js';
import { NoteRefused } from '../proof/signed-note.js';
import { openTreeHead, type SignedTreeHead } from '../proof/tree-head.js';
import { TreeStopped } from './tree-stopped.js';

export const LATEST_HEAD_FILE = 'latest.tree-head';
export const HEAD_HISTORY_FILE = 'tree-heads.ndjson';
const NEW_LINE = 0x0a;
/** A line holds one signed note, which is far shorter. */
const LINE_BYTES_MAX = 128 * 1024;

/**
 * Where tree heads are kept outside of the database, so that whoever rewrites the database, or puts an
 * older copy in its place, leaves them behind as witnesses. Copies of the folder elsewhere are better.
 */
export class HeadFiles {
  constructor(
    private readonly folder: string,
    private readonly verifiers: () => readonly NoteVerifier[],
  ) {}

  /**
   * The newest head that was exported here; null where none was.
   * @throws TreeStopped where the file is not a head of this log: somebody changed it
   */
  async latest(): Promise<SignedTreeHead | null> {
    const path = join(this.folder, LATEST_HEAD_FILE);
    const text = await readIfThere(path);
    if (text === null) return null;
    try {
      return openTreeHead(text, this.verifiers());
    } catch (error) {
      if (!(error instanceof NoteRefused)) throw error;
      throw new TreeStopped(`${path} cannot be trusted: ${error.message}`, { cause: error });
    }
  }

  /**
   * Adds a head to the history and makes it the latest, unless the latest is of a larger size already: an
   * owner that was suspended for a while must not turn it back. Both are on disk when this ends.
   */
  async export(head: DatedTreeHead): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o700 });
    const latest = await this.latest();
    if (latest !== null && latest.size > head.size) return;
    if (latest?.signedNote === head.signedNote) return;
    await appendLine(join(this.folder, HEAD_HISTORY_FILE), historyLine(head));
    await replaceFile(join(this.folder, LATEST_HEAD_FILE), head.signedNote);
  }
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** A last line that a crash has cut off is taken away first, so that it spoils no other. */
async function appendLine(path: string, line: string): Promise<void> {
  const file = await open(path, 'a+', 0o644);
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(size, LINE_BYTES_MAX));
    await file.read(tail, 0, tail.length, size - tail.length);
    const end = size - tail.length + tail.lastIndexOf(NEW_LINE) + 1;
    // Nothing is cut off otherwise: several workers may write to one folder.
    if (end < size) await file.truncate(end);
    await file.appendFile(`${line}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * Readers and crashes see the old text or the new one, never half of one. Each draft has a folder of its own,
 * whoever else writes here: workers in containers have the same number, and took the drafts of each other.
 */
async function replaceFile(path: string, text: string): Promise<void> {
  const folder = await mkdtemp(`${path}.draft-`);
  try {
    const draft = join(folder, 'draft');
    const file = await open(draft, 'wx', 0o644);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
