import { readFile } from 'node:fs/promises';

/** A file that describes something cannot be read, or is not JSON. */
export class UnreadableJsonFile extends Error {
  override readonly name = 'UnreadableJsonFile';
}

/** @throws UnreadableJsonFile */
export async function jsonOf(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = code === undefined ? 'is not JSON' : `cannot be read (${code})`;
    throw new UnreadableJsonFile(`${path} ${why}`);
  }
}
