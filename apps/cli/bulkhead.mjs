#!/usr/bin/env node
/**
 * The `bulkhead` command. It is plain JavaScript because it works before anything is built: then it
 * builds first, and keeps what the build says away from what the command prints.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const BUILD_TIMEOUT_MS = 300_000;
const program = new URL('../../dist/apps/cli/src/main.js', import.meta.url);

function refuse(message) {
  process.stderr.write(`${message}\n`);
  process.exit(2);
}

function nestCli() {
  try {
    const cli = createRequire(import.meta.url).resolve('@nestjs/cli/package.json');
    return join(dirname(cli), 'bin', 'nest.js');
  } catch {
    return refuse('The packages are not installed. Run: npm install');
  }
}

if (!existsSync(program)) {
  process.stderr.write('Building, because nothing is built yet …\n');
  const build = [nestCli(), 'build', '--all', '-b', 'swc'];
  const options = { cwd: ROOT, encoding: 'utf8', timeout: BUILD_TIMEOUT_MS };
  const { status, stdout, stderr, error } = spawnSync(process.execPath, build, options);
  if (status !== 0) refuse(`The build failed.\n${stdout ?? ''}${stderr ?? ''}${error ?? ''}`);
}
await import(program.href);
