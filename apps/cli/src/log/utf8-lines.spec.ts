import { describe, expect, it } from 'vitest';
import { linesOf } from './utf8-lines.js';

/** The bytes in pieces of that size, as a file gives them. */
async function* pieces(bytes: Buffer, size: number) {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function read(bytes: Buffer, size: number) {
  const lines: string[] = [];
  try {
    for await (const line of linesOf(pieces(bytes, size))) lines.push(line);
  } catch (error) {
    return { lines, problem: (error as Error).message };
  }
  return { lines, problem: null };
}

describe('the lines of an export', () => {
  const LINES = ['one', '', 'zwei \u{1f9ff} \u2028 drei', 'vier'];

  it('are the same wherever the file is cut into pieces, with or without a last line end', async () => {
    for (const size of [1, 2, 3, 7, 1_000]) {
      for (const text of [LINES.join('\n'), `${LINES.join('\n')}\n`]) {
        expect(await read(Buffer.from(text), size)).toEqual({ lines: LINES, problem: null });
      }
    }
  });

  it('before the first that is not UTF-8 are all given out, so that the fault has its own place', async () => {
    const before = Array.from({ length: 400 }, (_, nr) => `line ${nr}`);
    const bytes = Buffer.concat([
      Buffer.from(`${before.join('\n')}\nbad `),
      Buffer.from([0xff]),
      Buffer.from('\nafter\n'),
    ]);
    for (const size of [5, 64 * 1024]) {
      expect(await read(bytes, size)).toEqual({ lines: before, problem: 'the line is not UTF-8' });
    }
  });

  it('are refused where the last character was cut in two', async () => {
    const bytes = Buffer.from('one\nt\u00fc').subarray(0, -1);
    expect(await read(bytes, 3)).toEqual({ lines: ['one'], problem: 'the line is not UTF-8' });
  });
});
