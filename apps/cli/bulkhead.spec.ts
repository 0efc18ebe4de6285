import { type ExecFileSyncOptions, execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const DOOR = 'apps/cli/bulkhead.mjs';
/** A checkout that was built elsewhere, whose command says where it runs. */
const checkout = realpathSync(mkdtempSync(join(tmpdir(), 'bulkhead-checkout-')));
const below = join(checkout, 'apps', 'cli');
const built = join(checkout, 'dist', 'apps', 'cli', 'src');
for (const folder of [below, built]) mkdirSync(folder, { recursive: true });
copyFileSync(fileURLToPath(new URL('bulkhead.mjs', import.meta.url)), join(checkout, DOOR));
const scripts = { bulkhead: `node ${DOOR}` };
writeFileSync(join(checkout, 'package.json'), JSON.stringify({ type: 'module', scripts }));
writeFileSync(
  join(built, 'main.js'),
  'console.log(JSON.stringify([process.cwd(), process.env.BULKHEAD_HOME ?? null]));',
);
afterAll(() => rmSync(checkout, { recursive: true }));

function run(program: string, words: readonly string[], cwd: string, more = {}): unknown {
  // Vitest may itself have been started by npm.
  const { INIT_CWD: _, npm_lifecycle_event: __, BULKHEAD_HOME: ___, ...inherited } = process.env;
  const options: ExecFileSyncOptions = {
    cwd,
    env: { ...inherited, ...more },
    stdio: ['ignore', 'pipe', 'ignore'],
  };
  return JSON.parse(execFileSync(program, words, options).toString());
}

const byNpm = (cwd: string, more = {}) => run('npm', ['run', '-s', 'bulkhead', '--'], cwd, more);

describe('the command that npm runs', () => {
  it('finds files where it was typed, and the home at the checkout', () => {
    expect(byNpm(below)).toEqual([below, join(checkout, '.bulkhead')]);
    expect(byNpm(below, { BULKHEAD_HOME: './mine' })).toEqual([below, join(checkout, 'mine')]);
    expect(byNpm(below, { BULKHEAD_HOME: '/mine' })).toEqual([below, '/mine']);
  }, 30_000);

  it('leaves everything as it is at the root of the checkout', () => {
    expect(byNpm(checkout)).toEqual([checkout, null]);
  }, 30_000);

  it('stays where it is when a person runs it without npm, in a shell that npm has started too', () => {
    const inherited = { INIT_CWD: checkout, npm_lifecycle_event: 'bulkhead' };
    expect(run(process.execPath, [join(checkout, DOOR)], below, inherited)).toEqual([below, null]);
  });
});
