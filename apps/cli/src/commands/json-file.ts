import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { text as textOfStream } from 'node:stream/consumers';
import { whyUnreadable } from '../output/file-trouble.js';
import { jsonMistake, repeatedName } from './json-mistake.js';

/** A file that describes something cannot be read, or is not JSON. */
export class UnreadableJsonFile extends Error {
  override readonly name = 'UnreadableJsonFile';
}

/** What stands for standard input in place of a path. */
const STANDARD_INPUT = '-';
const LINES_SUFFIX = '.ndjson';

/** @throws UnreadableJsonFile that says where the mistake is */
export async function jsonOf(path: string, input?: Readable): Promise<unknown> {
  return parsed(path, await textOf(path, input));
}

/** A file of JSON, or of lines of it. */
export type JsonOrLines = { readonly json: unknown } | { readonly lines: string };

/**
 * Lines of JSON where the name says so. Standard input has no name: there, two lines of which the first is JSON already.
 * @throws UnreadableJsonFile
 */
export async function jsonOrLinesOf(path: string, input?: Readable): Promise<JsonOrLines> {
  const text = await textOf(path, input);
  const isLines = holdsLines(text);
  if (path.endsWith(LINES_SUFFIX) || (path === STANDARD_INPUT && isLines)) return { lines: text };
  const hint = isLines ? `; lines of JSON are read of a file *${LINES_SUFFIX}` : '';
  return { json: parsed(path, text, hint) };
}

/** A file as it stands, or what comes in by `-`. @throws UnreadableJsonFile */
export async function textOf(path: string, input: Readable = process.stdin): Promise<string> {
  try {
    const text = await (path === STANDARD_INPUT ? textOfStream(input) : readFile(path, 'utf8'));
    // Editors of Windows begin files with a mark that says nothing about UTF-8.
    return text.replace(/^\uFEFF/, '');
  } catch (error) {
    throw new UnreadableJsonFile(`${path} cannot be read: ${whyUnreadable(error)}`);
  }
}

function parsed(path: string, text: string, hint = ''): unknown {
  const json = jsonIn(text);
  const mistake = json === undefined ? jsonMistake(text) : repeatedName(text);
  if (mistake === null) return json;
  const name = path === STANDARD_INPUT ? 'standard input' : path;
  if (text.trim() === '') throw new UnreadableJsonFile(`${name} is empty`);
  const what = json === undefined ? 'is not JSON' : 'gives a field more than once';
  const where = `line ${mistake.line}, column ${mistake.column}`;
  throw new UnreadableJsonFile(`${name} ${what}: ${where}${json === undefined ? hint : ''}`);
}

/** Undefined where the text is no JSON. */
function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether its first line is JSON by itself, and others follow. */
function holdsLines(text: string): boolean {
  const [first = '', ...others] = text.split('\n').filter((line) => line.trim() !== '');
  return others.length > 0 && jsonIn(first) !== undefined;
}
