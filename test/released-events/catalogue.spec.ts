import { readFileSync } from 'node:fs';
import type { DomainEvent } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { KNOWN_EVENTS } from '../../libs/event-store/src/log/known-events.js';

const catalogue = readFileSync(new URL('../../docs/events.md', import.meta.url), 'utf8');

/** The cells of every row that begins with an event's name. */
const rows = new Map(
  catalogue
    .split('\n')
    .filter((line) => /^\| `[A-Z]/.test(line))
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .map(([, name = '', payload = '', meaning = '', writer = '']) => [
      name.replaceAll('`', ''),
      { fields: [...payload.matchAll(/`(\w+)`/g)].map(([, field]) => field), meaning, writer },
    ]),
);

const types = Object.entries(KNOWN_EVENTS);

describe('docs/events.md', () => {
  it('lists every event type once, and none that does not exist', () => {
    const names = [...catalogue.matchAll(/^\| `([A-Z]\w+)`/gm)].map(([, name]) => name);
    expect([...names].sort()).toEqual(types.map(([type]) => type).sort());
  });

  it.each(types)('tells what %s means, its payload and who writes it', (type, version) => {
    const file = new URL(`${type}.v${version}.json`, import.meta.url);
    const { payload } = JSON.parse(readFileSync(file, 'utf8')) as DomainEvent;
    const row = rows.get(type);
    expect(row?.fields).toEqual(expect.arrayContaining(Object.keys(payload)));
    expect(row?.fields).toHaveLength(Object.keys(payload).length);
    expect(row?.meaning).toMatch(/\w/);
    expect(row?.writer).toMatch(/\w/);
  });
});
