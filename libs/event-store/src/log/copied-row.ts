import type { EventRow } from './recorded-row.js';

/** What `copiedRow` reads. Whatever always has the same size comes first, so that it stands where it always does. */
export const COPIED_COLUMNS = `position, version, schema_version, occurred_at, recorded_at,
  event_id::text, stream, type, tenant, metadata, payload`;

const FIELDS = 11;
/** A row begins with the number of its fields, and each field with its length; -1 says that it is NULL. */
const COUNT_BYTES = 2;
const LENGTH_BYTES = 4;
const POSITION_AT = COUNT_BYTES + LENGTH_BYTES;
const VERSION_AT = POSITION_AT + 8 + LENGTH_BYTES;
const SCHEMA_VERSION_AT = VERSION_AT + 4 + LENGTH_BYTES;
const OCCURRED_AT = SCHEMA_VERSION_AT + 4 + LENGTH_BYTES;
const RECORDED_AT = OCCURRED_AT + 8 + LENGTH_BYTES;
const TEXTS_AT = RECORDED_AT + 8;

/**
 * Reads a row of `COPY (SELECT COPIED_COLUMNS …) TO STDOUT (FORMAT binary)` that begins at `start`. It runs
 * for every event of a replay, hence no loop over fields and no object for each.
 * @returns null for what ends the copy and is no row
 */
export function copiedRow(bytes: Buffer, start: number): EventRow | null {
  if (bytes.readInt16BE(start) !== FIELDS) return null;
  const eventId = start + TEXTS_AT;
  const stream = endOf(bytes, eventId);
  const type = endOf(bytes, stream);
  const tenant = endOf(bytes, type);
  const metadata = endOf(bytes, tenant);
  const payload = endOf(bytes, metadata);
  const end = endOf(bytes, payload);
  // To cut names off one string costs less than to make each of them from its bytes.
  const names = bytes.toString('latin1', eventId, metadata);
  const name = NOT_ASCII.test(names) ? decodedName : cutName;
  const hasTenant = bytes.readInt32BE(tenant) >= 0;
  return [
    integer64(bytes, start + POSITION_AT),
    name(bytes, names, eventId, eventId, stream),
    name(bytes, names, eventId, stream, type),
    bytes.readInt32BE(start + VERSION_AT),
    hasTenant ? name(bytes, names, eventId, tenant, metadata) : null,
    name(bytes, names, eventId, type, tenant),
    bytes.readInt32BE(start + SCHEMA_VERSION_AT),
    timeMs(bytes, start + OCCURRED_AT),
    timeMs(bytes, start + RECORDED_AT),
    textOf(bytes, metadata, payload),
    textOf(bytes, payload, end),
  ];
}

/** Where the field that begins with its length at `at` ends. */
function endOf(bytes: Buffer, at: number): number {
  const length = bytes.readInt32BE(at);
  return at + LENGTH_BYTES + Math.max(length, 0);
}

/** In names, or in their lengths, which are below 128 wherever this service has given the name. */
const NOT_ASCII = /[\x80-\xff]/;

function cutName(_bytes: Buffer, names: string, namesAt: number, at: number, end: number): string {
  return names.substring(at + LENGTH_BYTES - namesAt, end - namesAt);
}

function decodedName(bytes: Buffer, _names: string, _from: number, at: number, end: number) {
  return textOf(bytes, at, end);
}

function textOf(bytes: Buffer, at: number, end: number): string {
  return bytes.toString('utf8', at + LENGTH_BYTES, end);
}

function integer64(bytes: Buffer, at: number): number {
  return bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4);
}

/** Postgres counts microseconds from the beginning of 2000. */
const EPOCH_MS = Date.UTC(2000, 0, 1);

function timeMs(bytes: Buffer, at: number): number {
  return Math.floor(integer64(bytes, at) / 1_000) + EPOCH_MS;
}
