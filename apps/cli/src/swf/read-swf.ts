import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { whyUnreadable } from '../output/file-trouble.js';
import { parseSwfLine, type SwfLine } from './swf-job.js';

/** No line of the format comes near it; what is longer is malformed and is not kept in memory. */
const MAX_LINE_CHARS = 4_096;
const GZIP_MAGIC = Buffer.from([0x1f, 0x8b]);

/** The file cannot be read as a job log; the message says which and why. */
export class UnreadableLog extends Error {
  override readonly name = 'UnreadableLog';
}

/**
 * Streams a job log, plain or compressed with gzip (told by its first bytes, not by its name). Comments
 * are left out. @throws UnreadableLog where the file is missing or its compression is broken
 */
export async function* readSwf(
  path: string,
): AsyncGenerator<Exclude<SwfLine, { kind: 'comment' }>> {
  try {
    let number = 0;
    for await (const text of splitLines(await openText(path))) {
      number += 1;
      const line: SwfLine =
        text === null
          ? { kind: 'malformed', line: number, problem: `longer than ${MAX_LINE_CHARS} characters` }
          : parseSwfLine(text, number);
      if (line.kind !== 'comment') yield line;
    }
  } catch (error) {
    if (!isReadError(error)) throw error;
    const why = error.code?.startsWith('Z_') ? 'not a valid gzip file' : whyUnreadable(error);
    throw new UnreadableLog(`${path} cannot be read as a job log: ${why}`);
  }
}

async function openText(path: string): Promise<AsyncIterable<string>> {
  const compressed = await isCompressed(path);
  const bytes = createReadStream(path);
  if (!compressed) return decode(bytes);
  // Its callback has nothing to do: an error of either stream also ends the loop that reads.
  return decode(pipeline(bytes, createGunzip(), () => undefined));
}

async function isCompressed(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const start = Buffer.alloc(GZIP_MAGIC.length);
    const { bytesRead } = await file.read(start, 0, start.length, 0);
    return bytesRead === start.length && start.equals(GZIP_MAGIC);
  } finally {
    await file.close();
  }
}

function decode(stream: Readable): AsyncIterable<string> {
  return stream.setEncoding('latin1');
}

/** Lines without their ends; null for one that is too long. The last one needs no line end. */
export async function* splitLines(chunks: AsyncIterable<string>): AsyncGenerator<string | null> {
  let rest = '';
  let tooLong = false;
  for await (const chunk of chunks) {
    const parts = chunk.split('\n');
    for (const [index, part] of parts.entries()) {
      if (!tooLong) rest += part;
      if (rest.length > MAX_LINE_CHARS) {
        rest = '';
        tooLong = true;
      }
      if (index === parts.length - 1) break;
      yield tooLong ? null : rest;
      rest = '';
      tooLong = false;
    }
  }
  if (tooLong) yield null;
  else if (rest !== '') yield rest;
}

function isReadError(error: unknown): error is NodeJS.ErrnoException {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code !== undefined && /^(Z_|E[A-Z]+$)/.test(code);
}
