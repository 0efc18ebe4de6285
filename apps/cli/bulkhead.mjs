#!/usr/bin/env node
/**
 * The `bulkhead` command. It is plain JavaScript because it works before anything is built. What a
 * build says goes to the error stream, so that the output stays that of the command.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const BUILD_FAILED = 2;
const DEFAULT_HOME = '.bulkhead';
/** Of package.json, which run this file. */
const SCRIPTS = ['bulkhead', 'demo'];
const root = fileURLToPath(new URL('../..', import.meta.url));
const builder = fileURLToPath(new URL('../launcher/start.mjs', import.meta.url));

/**
 * `npm run` goes to the folder of package.json first, but files are meant where they were typed. The home stays that of
 * `npm start`, which is run in the same way.
 */
function goToWhereItWasTyped() {
  const { npm_lifecycle_event: script, INIT_CWD: typedIn, BULKHEAD_HOME: home } = process.env;
  if (!SCRIPTS.includes(script) || resolve(root) !== process.cwd()) return;
  if (!typedIn || !existsSync(typedIn) || resolve(typedIn) === process.cwd()) return;
  process.env.BULKHEAD_HOME = resolve(home || DEFAULT_HOME);
  process.chdir(typedIn);
}

// An installation without the launcher's door is one that was built elsewhere.
if (existsSync(builder)) {
  const toStderr = ['ignore', 2, 2];
  const { status } = spawnSync(process.execPath, [builder, 'build'], { stdio: toStderr });
  if (status !== 0) process.exit(BUILD_FAILED);
}
goToWhereItWasTyped();
await import(new URL('../../dist/apps/cli/src/main.js', import.meta.url).href);
