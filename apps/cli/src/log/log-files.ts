import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  type NoteVerifier,
  parseEntryLine,
  parseVerifierKeys,
  type RawEntry,
  WrongNoteKey,
} from '@bulkhead/event-store/proof';
import { whyUnreadable, whyUnwritable } from '../output/file-trouble.js';
import { linesOf } from './utf8-lines.js';

/** A file or folder that was named is missing, wrong, or in the way. */
export class LogFileProblem extends Error {
  override readonly name: string = 'LogFileProblem';
}

/** There is no way to write what was to be kept, or no room for it. */
export class UnwritableLogFile extends LogFileProblem {
  override readonly name = 'UnwritableLogFile';
}

/** What an export holds. */
export function exportFiles(folder: string) {
  return {
    log: join(folder, 'log.ndjson'),
    treeHead: join(folder, 'latest.tree-head'),
    verifierKeys: join(folder, 'verifier-keys'),
  };
}

/** @throws LogFileProblem */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw unreadable(path, error);
  }
}

/**
 * How long a file is now, in bytes.
 * @throws LogFileProblem where it is not a file that can be read as often as one likes
 */
export async function fileBytes(path: string): Promise<number> {
  const found = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (!found.isFile()) throw new LogFileProblem(`${path} is not a file; it is read twice`);
  return found.size;
}

/**
 * The text of the first bytes of a file, chunk by chunk. What is not UTF-8 in it is replaced.
 * @throws LogFileProblem
 */
export async function* textIn(
  path: string,
  bytes = Number.MAX_SAFE_INTEGER,
): AsyncGenerator<string> {
  if (bytes === 0) return;
  try {
    const options = { encoding: 'utf8', end: bytes - 1 } as const;
    yield* createReadStream(path, options) as AsyncIterable<string>;
  } catch (error) {
    throw unreadable(path, error);
  }
}

/** Writes a file that must not be there yet, and has it on disk when this ends. @throws LogFileProblem */
export async function writeNewFile(path: string, text: string): Promise<void> {
  try {
    const file = await open(path, 'wx');
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') {
      throw new LogFileProblem(`${path} is there already`);
    }
    throw new UnwritableLogFile(`${path} cannot be written: ${whyUnwritable(error)}`);
  }
}

/** Verifier keys, one a line. @throws LogFileProblem */
export async function readVerifierKeys(path: string): Promise<readonly NoteVerifier[]> {
  const text = await readText(path);
  try {
    return parseVerifierKeys(text);
  } catch (error) {
    if (!(error instanceof WrongNoteKey)) throw error;
    throw new LogFileProblem(`${path}: ${error.message}`);
  }
}

/** The entries of an exported log, one at a time. @throws MalformedEntry, LogFileProblem */
export async function* entriesIn(path: string, signal: AbortSignal): AsyncGenerator<RawEntry> {
  for await (const line of linesOf(chunksOf(path))) {
    signal.throwIfAborted();
    yield parseEntryLine(line);
  }
}

async function* chunksOf(path: string): AsyncGenerator<Buffer> {
  try {
    yield* createReadStream(path) as AsyncIterable<Buffer>;
  } catch (error) {
    throw unreadable(path, error);
  }
}

function unreadable(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  return new LogFileProblem(`${path} cannot be read: ${whyUnreadable(error)}`);
}
