/**
 * One event exactly as it is stored. Proofs are about stored bytes, so nothing is parsed, upcast or
 * interpreted: an entry of a type that nobody knows any more is proved like every other.
 */
export interface RawEntry {
  readonly position: number;
  readonly eventId: string;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly schemaVersion: number;
  readonly tenant: string | null;
  readonly occurredAtMs: number;
  readonly recordedAtMs: number;
  /** The stored JSON text, byte for byte. */
  readonly metadata: string;
  /** The stored JSON text, byte for byte. */
  readonly payload: string;
}

/** A line is no entry; the message says what is wrong with it. */
export class MalformedEntry extends Error {
  override readonly name = 'MalformedEntry';
}

/** Far above what an append may hold, and far below what would fill the memory of a reader. */
export const ENTRY_LINE_CHARS_MAX = 16 * 1024 * 1024;

/** The times that `Date` can name. Postgres knows later ones, and infinity, but the log takes neither. */
const TIME_MS_MAX = 8.64e15;

/** Whether it is a time that an entry may have. */
export function isEntryTime(timeMs: number): boolean {
  return Math.abs(timeMs) <= TIME_MS_MAX;
}

/** RFC 3339 with milliseconds, in UTC: how leaves and lines write a time. */
export function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

/**
 * The entry as one line of an export, without its line end. It names the same fields as the leaf of the
 * tree, except that metadata and payload stand in it as strings instead of their hashes.
 */
export function entryLine(entry: RawEntry): string {
  const { occurredAtMs, recordedAtMs, metadata, payload } = entry;
  return JSON.stringify({
    position: entry.position,
    eventId: entry.eventId,
    stream: entry.stream,
    version: entry.version,
    type: entry.type,
    schemaVersion: entry.schemaVersion,
    tenant: entry.tenant,
    occurredAt: timeText(occurredAtMs),
    recordedAt: timeText(recordedAtMs),
    metadata,
    payload,
  });
}

/**
 * The entry that a line of an export holds. A line is taken in the one spelling of `entryLine` only. Any
 * other could show a reader what no proof covers: an unknown field, or one that stands there twice, of
 * which some parsers take the first and some the last.
 * @throws MalformedEntry
 */
export function parseEntryLine(line: string): RawEntry {
  if (line.length > ENTRY_LINE_CHARS_MAX) {
    throw new MalformedEntry(`the line is longer than ${ENTRY_LINE_CHARS_MAX} characters`);
  }
  const fields = fieldsOf(line);
  const entry: RawEntry = {
    position: wholeNumber(fields, 'position'),
    eventId: text(fields, 'eventId'),
    stream: text(fields, 'stream'),
    version: wholeNumber(fields, 'version'),
    type: text(fields, 'type'),
    schemaVersion: wholeNumber(fields, 'schemaVersion'),
    tenant: take(fields, 'tenant') === null ? null : text(fields, 'tenant'),
    occurredAtMs: timeMs(fields, 'occurredAt'),
    recordedAtMs: timeMs(fields, 'recordedAt'),
    metadata: text(fields, 'metadata'),
    payload: text(fields, 'payload'),
  };
  const unknown = Object.keys(fields).filter((name) => !LINE_FIELDS.has(name));
  if (unknown.length > 0) throw new MalformedEntry(`unknown fields: ${unknown.join(', ')}`);
  if (entryLine(entry) !== line) {
    throw new MalformedEntry('the line is not written in the one way in which the log writes it');
  }
  return entry;
}

const LINE_FIELDS: ReadonlySet<string> = new Set([
  'position',
  'eventId',
  'stream',
  'version',
  'type',
  'schemaVersion',
  'tenant',
  'occurredAt',
  'recordedAt',
  'metadata',
  'payload',
]);

type Fields = Readonly<Record<string, unknown>>;

function fieldsOf(line: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw new MalformedEntry(`the line is not JSON: ${inColumns((error as Error).message)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new MalformedEntry('the line is not a JSON object');
  }
  return value as Fields;
}

/** Where a line goes wrong is no position of the log, although the parser calls it so. */
function inColumns(message: string): string {
  return message.replace(
    / at position (\d+)(?: \(line \d+ column \d+\))?/,
    (_, offset: string) => ` in column ${Number(offset) + 1}`,
  );
}

function take(fields: Fields, name: string): unknown {
  if (!Object.hasOwn(fields, name)) throw new MalformedEntry(`${name} is missing`);
  return fields[name];
}

function text(fields: Fields, name: string): string {
  const value = take(fields, name);
  if (typeof value !== 'string') throw new MalformedEntry(`${name} is not a string`);
  return value;
}

function wholeNumber(fields: Fields, name: string): number {
  const value = take(fields, name);
  if (!Number.isSafeInteger(value) || (value as number) < 1) {
    throw new MalformedEntry(`${name} is not a whole number from 1`);
  }
  return value as number;
}

/** Only the one spelling that `timeText` writes, so that a line and its leaf say the same. */
function timeMs(fields: Fields, name: string): number {
  const value = text(fields, name);
  const ms = Date.parse(value);
  if (!isEntryTime(ms) || timeText(ms) !== value) {
    throw new MalformedEntry(`${name} is not a time such as 2026-11-21T10:42:00.123Z`);
  }
  return ms;
}
