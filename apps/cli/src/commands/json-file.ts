import { readFile } from 'node:fs/promises';

/** A file that describes something cannot be read, or is not JSON. */
export class UnreadableJsonFile extends Error {
  override readonly name = 'UnreadableJsonFile';
}

/** @throws UnreadableJsonFile */
export async function jsonOf(path: string): Promise<unknown> {
  const text = await textOf(path);
  try {
    return JSON.parse(text);
  } catch {
    throw new UnreadableJsonFile(`${path} is not JSON`);
  }
}

/** A file as it stands. @throws UnreadableJsonFile */
export async function textOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const { code = 'unknown' } = error as NodeJS.ErrnoException;
    throw new UnreadableJsonFile(`${path} cannot be read (${code})`);
  }
}
