import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalLeaf, LeafWriter } from './canonical-leaf.js';
import { entryLine, MalformedEntry, parseEntryLine, type RawEntry } from './raw-entry.js';
import { sampleEntries } from './sample-entries.contract.js';

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** The definition, made by a library of RFC 8785 and not by a template. */
function definedLeaf(entry: RawEntry): string | undefined {
  const { metadata, payload, occurredAtMs, recordedAtMs, ...fields } = entry;
  return canonicalize({
    ...fields,
    occurredAt: new Date(occurredAtMs).toISOString(),
    recordedAt: new Date(recordedAtMs).toISOString(),
    metadataSha256: sha256(metadata),
    payloadSha256: sha256(payload),
  });
}

const whole = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER });
const time = fc.integer({ min: -8.64e15, max: 8.64e15 });
const text = fc.string({ unit: 'grapheme' });
const entries: fc.Arbitrary<RawEntry> = fc.record({
  position: whole,
  eventId: fc.uuid(),
  stream: text,
  version: whole,
  type: text,
  schemaVersion: whole,
  tenant: fc.option(text),
  occurredAtMs: time,
  recordedAtMs: time,
  metadata: text,
  payload: text,
});

describe('the leaf of an entry', () => {
  it('is the text that anyone can make with a library of RFC 8785', () => {
    const [entry] = sampleEntries(1);
    expect(canonicalLeaf(entry!)).toBe(
      `{"eventId":"01937b2e-0000-7000-8000-000000000000","metadataSha256":"${sha256(entry!.metadata)}","occurredAt":"2026-11-21T10:41:59.997Z","payloadSha256":"${sha256(entry!.payload)}","position":1,"recordedAt":"2026-11-21T10:42:00.000Z","schemaVersion":1,"stream":"host-0","tenant":null,"type":"HostBooted","version":1}`,
    );
  });

  it('is that for any entry, whatever its strings hold and whichever came before it', () => {
    const writer = new LeafWriter();
    fc.assert(
      fc.property(entries, (entry) => {
        expect(writer.leaf(entry)).toBe(definedLeaf(entry));
      }),
    );
  });

  it('is another one when any field of the entry is', () => {
    const [entry, other] = sampleEntries(2) as [RawEntry, RawEntry];
    const leaf = canonicalLeaf(entry);
    const changes: Required<RawEntry> = {
      ...other,
      version: 9,
      schemaVersion: 2,
      tenant: 'ten_other',
      recordedAtMs: entry.recordedAtMs + 1,
    };
    for (const [field, value] of Object.entries(changes)) {
      expect(canonicalLeaf({ ...entry, [field]: value })).not.toBe(leaf);
    }
  });
});

describe('the line of an entry', () => {
  it('is read back as the very same entry', () => {
    fc.assert(
      fc.property(entries, (entry) => {
        const line = entryLine(entry);
        expect(line).not.toContain('\n');
        expect(parseEntryLine(line)).toEqual(entry);
      }),
    );
  });

  it.each([
    ['not JSON', '{"position":1', 'the line is not JSON'],
    ['JSON that goes wrong in a column, which is no position', '{"a":1,}', 'in column 8'],
    ['not an object', '[1]', 'the line is not a JSON object'],
    ['without a field', line(({ payload: _, ...rest }) => rest), 'payload is missing'],
    ['with a field too many', line((fields) => ({ ...fields, x: 1 })), 'unknown fields: x'],
    ['with a position that is none', line((f) => ({ ...f, position: 1.5 })), 'position is not'],
    ['with a text that is none', line((f) => ({ ...f, stream: 7 })), 'stream is not a string'],
    [
      'with a time in another spelling',
      line((f) => ({ ...f, recordedAt: '2026-11-21' })),
      'recordedAt is not a time such as',
    ],
    ['with a time that is none', line((f) => ({ ...f, occurredAt: 'soon' })), 'occurredAt is not'],
  ])('is refused when it is %s', (_, text, message) => {
    expect(() => parseEntryLine(text)).toThrow(MalformedEntry);
    expect(() => parseEntryLine(text)).toThrow(message);
  });

  const [honest] = sampleEntries(1).map(entryLine) as [string];
  it.each([
    ['names a field twice', honest.replace('"payload":', '"payload":"{}","payload":')],
    ['names a field twice, once in escapes', honest.replace('{', '{"p\\u0061yload":"{}",')],
    ['spells a character as an escape', honest.replace('"type":"H', '"type":"\\u0048')],
    ['spells a number otherwise', honest.replace('"position":1,', '"position":1.0,')],
    ['holds white space between its fields', honest.replace(',', ', ')],
    ['ends with a carriage return', `${honest}\r`],
    ['has its fields in another order', line(({ position, ...rest }) => ({ ...rest, position }))],
  ])('is refused when it %s, which other parsers may read otherwise', (_, text) => {
    expect(text).not.toBe(honest);
    expect(() => parseEntryLine(text)).toThrow(MalformedEntry);
    expect(() => parseEntryLine(text)).toThrow('not written in the one way');
  });
});

function line(change: (fields: Record<string, unknown>) => object): string {
  return JSON.stringify(change(JSON.parse(entryLine(sampleEntries(1)[0]!))));
}
