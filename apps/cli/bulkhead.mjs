#!/usr/bin/env node
/**
 * The `bulkhead` command. It is plain JavaScript because it works before anything is built. What a
 * build says goes to the error stream, so that the output stays that of the command.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BUILD_FAILED = 2;
const builder = fileURLToPath(new URL('../launcher/start.mjs', import.meta.url));

// An installation without the launcher's door is one that was built elsewhere.
if (existsSync(builder)) {
  const toStderr = ['ignore', 2, 2];
  const { status } = spawnSync(process.execPath, [builder, 'build'], { stdio: toStderr });
  if (status !== 0) process.exit(BUILD_FAILED);
}
await import(new URL('../../dist/apps/cli/src/main.js', import.meta.url).href);
