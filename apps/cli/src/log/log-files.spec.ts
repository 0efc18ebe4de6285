import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { exitCodeOf } from '../output/exit-code-of.js';
import { EXIT } from '../output/exit-codes.js';
import { readText, writeNewFile } from './log-files.js';

it('tells a file that cannot be written from one that was named wrongly, in words and by the exit code', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-log-files-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const taken = join(folder, 'taken');
  writeFileSync(taken, '');
  for (const [act, sentence, exitCode] of [
    [
      () => writeNewFile(join(folder, 'no', 'head'), ''),
      'its folder is not there',
      EXIT.unwritable,
    ],
    [() => writeNewFile(join(taken, 'head'), ''), 'its folder is a file', EXIT.unwritable],
    [() => writeNewFile(taken, ''), 'is there already', EXIT.usage],
    [() => readText(join(folder, 'no')), 'cannot be read: there is no such file', EXIT.usage],
    [() => readText(folder), 'cannot be read: it is a folder', EXIT.usage],
  ] as const) {
    const error = await act().then(
      () => undefined,
      (problem: unknown) => problem,
    );
    expect(String(error)).toContain(sentence);
    expect(exitCodeOf(error)).toBe(exitCode);
  }
});
