import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SOURCES = ['apps/simulated-host/src', 'libs', 'test/chaos'];
const COMPILE_TIMEOUT_MS = 120_000;

/**
 * A folder with the programs that tests run as processes of their own, compiled as the build compiles
 * them, below the same paths as their sources. The first test of a run that needs one compiles them all;
 * the folder goes with the run.
 */
export async function compiledPrograms(): Promise<string> {
  const { folder } = inject('postgres');
  const programs = join(folder, 'programs');
  if (!existsSync(programs)) {
    compiling ??= compile(folder, programs);
    await compiling;
  }
  return programs;
}

let compiling: Promise<void> | undefined;

async function compile(folder: string, programs: string): Promise<void> {
  const draft = mkdtempSync(join(folder, 'compiling-'));
  const swc = join(
    dirname(createRequire(import.meta.url).resolve('@swc/cli/package.json')),
    'bin/swc.js',
  );
  const args = [swc, ...SOURCES, '--out-dir', draft, '--config-file', '.swcrc', '--quiet'];
  await promisify(execFile)(process.execPath, [...args, '--ignore', '**/*.spec.ts'], {
    cwd: ROOT,
    timeout: COMPILE_TIMEOUT_MS,
  });
  writeFileSync(join(draft, 'package.json'), '{"type":"module"}');
  symlinkSync(join(ROOT, 'node_modules'), join(draft, 'node_modules'));
  try {
    renameSync(draft, programs);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
    // Another worker of this run has compiled the same at the same time.
    rmSync(draft, { recursive: true, force: true });
  }
}
