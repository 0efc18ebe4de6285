import { createReadStream } from 'node:fs';
import { open, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TextDecoder } from 'node:util';
import {
  ENTRY_LINE_CHARS_MAX,
  MalformedEntry,
  type NoteVerifier,
  parseEntryLine,
  parseVerifierKeys,
  type RawEntry,
  WrongNoteKey,
} from '@bulkhead/event-store/proof';

/** A file or folder that was named is missing, wrong, or in the way. */
export class LogFileProblem extends Error {
  override readonly name = 'LogFileProblem';
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

/** @throws LogFileProblem where it is not a file that can be read as often as one likes */
export async function assertFile(path: string): Promise<void> {
  const found = await stat(path).catch((error: unknown) => {
    throw unreadable(path, error);
  });
  if (!found.isFile()) throw new LogFileProblem(`${path} is not a file; it is read twice`);
}

/** The text of a file, chunk by chunk. What is not UTF-8 in it is replaced. @throws LogFileProblem */
export async function* textIn(path: string): AsyncGenerator<string> {
  try {
    yield* createReadStream(path, 'utf8') as AsyncIterable<string>;
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
    const { code } = error as NodeJS.ErrnoException;
    const why = code === 'EEXIST' ? 'is there already' : `cannot be written (${code})`;
    throw new LogFileProblem(`${path} ${why}`);
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
  for await (const line of linesIn(path)) {
    signal.throwIfAborted();
    yield parseEntryLine(line);
  }
}

/**
 * Node's own reader of lines also ends one at U+2028, which may stand in a JSON text. A text that is not
 * UTF-8 is refused instead of repaired: it is not what was exported.
 */
async function* linesIn(path: string): AsyncGenerator<string> {
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest = '';
  for await (const chunk of chunksOf(path)) {
    const lines = (rest + decoded(decoder, chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > ENTRY_LINE_CHARS_MAX) throw new MalformedEntry('a line has no end');
    yield* lines;
  }
  rest += decoded(decoder, undefined);
  if (rest !== '') yield rest;
}

async function* chunksOf(path: string): AsyncGenerator<Uint8Array> {
  try {
    yield* createReadStream(path) as AsyncIterable<Uint8Array>;
  } catch (error) {
    throw unreadable(path, error);
  }
}

function decoded(decoder: TextDecoder, chunk: Uint8Array | undefined): string {
  try {
    return chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true });
  } catch {
    throw new MalformedEntry('the file is not UTF-8');
  }
}

function unreadable(path: string, error: unknown): unknown {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return error;
  return new LogFileProblem(`${path} cannot be read (${code})`);
}
