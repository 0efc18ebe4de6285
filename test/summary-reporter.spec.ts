import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const at = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const VITEST = at('../node_modules/vitest/vitest.mjs');
const UNDER_WAY_WITHIN = { timeout: 50_000 };

/** What a test has come to is told within a tenth of a second; the one that hangs says so after that. */
const SPEC = `import { expect, it } from 'vitest';
  it('passes', () => {});
  it.skip('is left out', () => {});
  it('fails', () => expect(1).toBe(2));
  it('hangs', () => {
    setTimeout(() => console.log('it hangs'), 1_000);
    return new Promise((resolve) => setTimeout(resolve, 300_000));
  }, 300_000);
  it('never begins', () => {});`;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bulkhead-summary-'));
  symlinkSync(at('../node_modules'), join(folder, 'node_modules'));
  writeFileSync(join(folder, 'some.spec.ts'), SPEC);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a run of tests', () => {
  it('that is ended from outside tells what it came to, and what was under way', async () => {
    const reporter = `--reporter=${at('./summary-reporter.ts')}`;
    const child = spawn(process.execPath, [VITEST, 'run', '--reporter=default', reporter], {
      cwd: folder,
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let told = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        told += chunk;
      });
    }
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    await expect.poll(() => told, UNDER_WAY_WITHIN).toContain('it hangs');
    child.kill('SIGTERM');
    expect(await ended).not.toBe(0);
    const last = told.trimEnd().split('\n').slice(-4);
    expect(last).toEqual([
      '1 skipped',
      expect.stringMatching(/^FAILED some\.spec\.ts > fails: expected 1 to be 2/),
      'FAILED some.spec.ts: the run was ended while this was under way: hangs',
      '1 passed, 2 failed',
    ]);
  });
});
