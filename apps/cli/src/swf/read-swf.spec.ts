import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { readSwf, splitLines, UnreadableLog } from './read-swf.js';
import { isSampled, selectJobs } from './select-jobs.js';

const folder = mkdtempSync(join(tmpdir(), 'bulkhead-swf-'));
afterAll(() => rmSync(folder, { recursive: true }));

const job = (number: number) =>
  `${number} ${number * 10} -1 5 2 -1 -1 -1 -1 -1 1 7 1 3 -1 -1 -1 -1`;
const LOG = ['; Version: 2.2', ';', job(1), 'not a job', job(2), '', job(3), '1 2', job(4)].join(
  '\n',
);

function file(name: string, content: string | Buffer): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

async function* inChunks(text: string, size: number): AsyncGenerator<string> {
  for (let at = 0; at < text.length; at += size) yield text.slice(at, at + size);
}

describe('a job log', () => {
  it('reports each malformed line with its number and goes on', async () => {
    const malformed: number[] = [];
    const jobs = await collect(
      selectJobs(file('plain.swf', LOG), { kind: 'all' }, ({ line }) => malformed.push(line)),
    );
    expect(jobs.map(({ jobNumber, line }) => [jobNumber, line])).toEqual([
      [1, 3],
      [2, 5],
      [3, 7],
      [4, 9],
    ]);
    expect(malformed).toEqual([4, 8]);
  });

  it('is the same when compressed, whatever its name', async () => {
    const plain = await collect(readSwf(file('a.swf', LOG)));
    expect(await collect(readSwf(file('b.swf', gzipSync(LOG))))).toEqual(plain);
    expect(await collect(readSwf(file('c.swf.gz', LOG.replaceAll('\n', '\r\n'))))).toEqual(plain);
  });

  it.each([
    ['missing', () => join(folder, 'nowhere.swf')],
    ['a folder', () => folder],
    ['cut off', () => file('cut.gz', gzipSync(LOG).subarray(0, 60))],
    [
      'damaged',
      () => file('bad.gz', Buffer.concat([gzipSync(LOG).subarray(0, 12), Buffer.alloc(99, 7)])),
    ],
  ])('that is %s is refused with its name', async (_, path) => {
    const reading = collect(readSwf(path()));
    await expect(reading).rejects.toThrow(UnreadableLog);
    await expect(reading).rejects.toThrow(path());
  });

  it('that is cut off says that its compression is the matter', async () => {
    const reading = collect(readSwf(file('cut.gz', gzipSync(LOG).subarray(0, 60))));
    await expect(reading).rejects.toThrow(/: not a valid gzip file$/);
  });

  it('with an endless line is malformed there, and its other lines are read', async () => {
    const path = file('long.swf', `${job(1)}\n${'9 '.repeat(3_000_000)}\n${job(2)}`);
    const lines = await collect(readSwf(path));
    expect(lines.map(({ kind }) => kind)).toEqual(['job', 'malformed', 'job']);
  });

  it('can be empty', async () => {
    expect(await collect(readSwf(file('empty.swf', '')))).toEqual([]);
  });

  it('gives its first jobs, or as many as asked for, evenly spread', async () => {
    const path = file(
      'many.swf',
      Array.from({ length: 10 }, (_, index) => job(index + 1)).join('\n'),
    );
    const numbers = async (selection: Parameters<typeof selectJobs>[1]) =>
      (await collect(selectJobs(path, selection))).map(({ jobNumber }) => jobNumber);
    expect(await numbers({ kind: 'first', count: 3 })).toEqual([1, 2, 3]);
    expect(await numbers({ kind: 'sample', count: 5 })).toEqual([2, 4, 6, 8, 10]);
    expect(await numbers({ kind: 'sample', count: 99 })).toHaveLength(10);
  });

  it('is sampled to exactly the asked number', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 500 }),
        fc.integer({ min: 1, max: 500 }),
        (total, count) => {
          const taken = Array.from({ length: total }, (_, index) => isSampled(index, total, count));
          expect(taken.filter(Boolean)).toHaveLength(Math.min(total, count));
        },
      ),
    );
  });

  it('has the same lines however its bytes arrive', async () => {
    const text = fc.array(fc.string({ maxLength: 30 })).map((lines) => lines.join('\n'));
    await fc.assert(
      fc.asyncProperty(text, fc.integer({ min: 1, max: 40 }), async (whole, size) => {
        const lines =
          whole.endsWith('\n') || whole === '' ? whole.split('\n').slice(0, -1) : whole.split('\n');
        expect(await collect(splitLines(inChunks(whole, size)))).toEqual(lines);
      }),
    );
  });
});
