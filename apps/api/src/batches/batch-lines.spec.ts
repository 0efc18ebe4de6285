import { describe, expect, it } from 'vitest';
import { BatchLines } from './batch-lines.js';

let turns: number;

/** A body of lines, read while it is counted how often others had their turn. */
async function read(...lines: readonly string[]) {
  turns = 0;
  const nextTurn = async () => {
    turns += 1;
  };
  return new BatchLines(Buffer.from(lines.join('\n')), nextTurn).read();
}
const HEAD = '{"name":"lines"}';
const repeated = (times: number, text: (index: number) => string) =>
  Array.from({ length: times }, (_, index) => text(index));
const names = (many: number, of: number) =>
  `{${repeated(many, (index) => `"n${of}-${index}":1`).join(',')}}`;

describe('a batch as lines', () => {
  it('lets others have their turn after 250 lines at the latest, and after fewer that are long', async () => {
    const { checked, problemCount } = await read(
      HEAD,
      ...repeated(10_000, (index) => `{"args":["${index}"]}`),
    );
    expect(problemCount).toBe(0);
    expect(checked.tasks).toHaveLength(10_000);
    expect(turns).toBeGreaterThanOrEqual(40);
    await read(HEAD, ...repeated(100, () => `{"args":["${'x'.repeat(30_000)}"]}`));
    expect(turns).toBeGreaterThanOrEqual(10);
  });

  it('counts each name as much of a turn as 64 bytes, because new ones cost more to read than anything else', async () => {
    const { problemCount, problems } = await read(
      HEAD,
      ...repeated(1_000, (index) => names(64, index)),
    );
    expect([problemCount, problems.length]).toEqual([64_000, 100]);
    expect(turns).toBeGreaterThanOrEqual(15);
  });

  it('is told of lines that are longer than a body, or give more names than any task has, which nobody reads', async () => {
    const { problems } = await read(HEAD, names(100_000, 0), '{}', `"${'x'.repeat(1024 * 1024)}"`);
    expect(problems).toEqual([
      { line: 2, pointer: '', detail: 'is longer than 1048576 bytes' },
      { line: 4, pointer: '', detail: 'is longer than 1048576 bytes' },
    ]);
    const { problems: many } = await read(names(1_025, 0), '', ' \t\r', names(1_025, 0));
    expect(many.map(({ line, detail }) => `${line}: ${detail}`)).toEqual([
      '1: gives more than 1024 names',
      '4: gives more than 1024 names',
    ]);
  });

  it('may have a megabyte of empty lines, which are passed over', async () => {
    const { checked, problems } = await read(
      `${HEAD}${'\n'.repeat(1_000_000)}`,
      '{"args":["a"]}',
      '{',
    );
    expect(checked.tasks).toHaveLength(2);
    expect(problems).toEqual([{ line: 1_000_003, pointer: '', detail: 'is not JSON' }]);
    expect(turns).toBe(0);
  });
});
