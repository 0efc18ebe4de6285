/**
 * What `npm test` does before the first test: scripts of package.json that do not need one another, side
 * by side, because each of them keeps only one core busy. The output of each is printed whole, under its
 * name, when it ends; the exit code is 0 only when every one of them succeeded.
 *
 *   node test/checks.mjs SCRIPT…
 */
import { spawn } from 'node:child_process';

const TIMEOUT_MS = 300_000;
const SECOND_MS = 1_000;

/** Runs a script to its end; answers whether it succeeded. */
function run(script) {
  const startedAtMs = performance.now();
  return new Promise((resolve) => {
    const child = spawn('npm', ['run', '-s', script], {
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: TIMEOUT_MS,
      shell: process.platform === 'win32',
    });
    const output = [];
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => output.push(chunk));
    }
    child.once('error', (error) => output.push(Buffer.from(`${error.message}\n`)));
    child.once('close', (code, signal) => {
      const seconds = ((performance.now() - startedAtMs) / SECOND_MS).toFixed(1);
      const outcome = code === 0 ? 'succeeded' : `failed (${signal ?? `code ${code}`})`;
      process.stdout.write(`== ${script} ${outcome} after ${seconds} s\n`);
      process.stdout.write(Buffer.concat(output));
      resolve(code === 0);
    });
  });
}

const scripts = process.argv.slice(2);
const outcomes = await Promise.all(scripts.map(run));
process.exitCode = scripts.length > 0 && outcomes.every(Boolean) ? 0 : 1;
