import { entryLine, type RawEntry, verifyEntries } from '@bulkhead/event-store/proof';
import { describe, expect, it } from 'vitest';
import { sampleEntries } from '../../../../libs/event-store/src/proof/sample-entries.contract.js';
import { HttpLog } from './http-log.js';

const ENTRIES = sampleEntries(40);
const EVERYTHING = Number.MAX_SAFE_INTEGER;
const going = new AbortController().signal;

/** A server that answers whatever it likes to the query of each page. */
function serverWith(answer: (query: URLSearchParams, nr: number) => unknown) {
  const asked: string[] = [];
  const get = async (path: string) => {
    asked.push(path);
    const body = answer(new URL(path, 'http://x').searchParams, asked.length);
    return { status: 200, headers: new Headers(), body };
  };
  return { log: new HttpLog({ get }, going), asked };
}

const page = (entries: readonly RawEntry[]) =>
  entries.length === 0 ? null : entries.map((entry) => `${entryLine(entry)}\n`).join('');

const startOf = (query: URLSearchParams) => Number(query.get('afterPosition') ?? 0);

async function collect<T>(from: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const one of from) all.push(one);
  return all;
}

describe('the log of a server', () => {
  it('is read page after page, however short the pages are', async () => {
    const { log, asked } = serverWith((query) => page(ENTRIES.slice(startOf(query)).slice(0, 7)));
    expect(await collect(log.entries(EVERYTHING))).toEqual(ENTRIES);
    expect(asked).toHaveLength(7);
    expect(asked[0]).not.toContain('afterPosition');
  });

  it('is read up to a position and no further', async () => {
    const { log, asked } = serverWith((query) => page(ENTRIES.slice(startOf(query)).slice(0, 7)));
    expect(await collect(log.entries(10))).toEqual(ENTRIES.slice(0, 10));
    expect(asked).toHaveLength(2);
  });

  it('does not verify, and is not read for ever, where the server repeats itself', async () => {
    const { log, asked } = serverWith(() => page(ENTRIES.slice(0, 7)));
    const verdict = await verifyEntries({ entries: log.entries(EVERYTHING), heads: [] });
    expect(verdict).toMatchObject({ ok: false, fault: { kind: 'repeated', position: 8 } });
    expect((await collect(log.pages(EVERYTHING))).length).toBe(2);
    expect(asked.length).toBeLessThanOrEqual(4);
  });

  it('does not verify where a line is none, and says after which entry', async () => {
    for (const line of ['no JSON', '{}', '[]', '']) {
      const { log } = serverWith((_, nr) => (nr === 1 ? page(ENTRIES.slice(0, 3)) : `${line}\n`));
      const verdict = await verifyEntries({ entries: log.entries(EVERYTHING), heads: [] });
      expect(verdict).toMatchObject({ ok: false, fault: { kind: 'malformed', position: 4 } });
    }
  });

  it('cannot be read where an answer has another shape', async () => {
    const { log } = serverWith(() => ({ items: [] }));
    await expect(collect(log.entries(EVERYTHING))).rejects.toThrow('answered no lines');
    await expect(log.treeHead()).rejects.toThrow('answered something else');
    await expect(log.verifierKeys()).rejects.toThrow('answered something else');
    await expect(log.inclusionProof(1)).rejects.toThrow('answered something else');
  });

  it('is left when the one who reads it is interrupted', async () => {
    const interruption = new AbortController();
    const get = async () => ({ status: 200, headers: new Headers(), body: page(ENTRIES) });
    interruption.abort();
    const log = new HttpLog({ get }, interruption.signal);
    await expect(collect(log.entries(EVERYTHING))).rejects.toThrow('abort');
  });
});

describe('the tiles of a server', () => {
  it('are asked for side by side, and those that it lacks are missing', async () => {
    const hash = Buffer.alloc(32, 1);
    const { log, asked } = serverWith((query) => {
      const count = Number(query.get('count'));
      return { tiles: [hash.toString('base64'), ...Array(count - 1).fill(null)] };
    });
    const ids = [
      { level: 0, index: 3 },
      { level: 0, index: 4 },
      { level: 0, index: 6 },
      { level: 1, index: 7 },
    ];
    expect(await log.readTiles(ids)).toEqual([hash, undefined, hash, hash]);
    expect(asked.map((path) => path.split('?')[1])).toEqual([
      'level=0&index=3&count=2',
      'level=0&index=6&count=1',
      'level=1&index=7&count=1',
    ]);
  });
});
