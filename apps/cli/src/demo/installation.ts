import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** An installation that this process started and will stop. */
export interface Installation {
  readonly home: string;
  /** Of the launcher, whose children are the api, the worker and the simulated hosts. */
  readonly pid: number;
  /** Stops everything and waits for it. */
  stop(): Promise<void>;
}

/** The installation did not come up; the message holds what it said last. */
export class StartFailed extends Error {
  override readonly name = 'StartFailed';
}

const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 45_000;
const KEPT_OUTPUT_CHARS = 8_000;
/** Beside the launcher. */
const DIE_WITH_PARENT = 'die-with-parent.js';
/** What the launcher prints once everything listens and is set up. */
const UP = 'Bulkhead is up';

/** A folder of its own below the system's temporary one, for an installation that will not stay. */
export function makeTemporaryHome(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'bulkhead-home-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

/**
 * Starts a whole installation, as `npm start` does, on free ports.
 * @param launcher the program to run, built or not
 */
export async function startInstallation(
  launcher: string,
  home: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Installation> {
  const dieWithParent = pathToFileURL(join(dirname(launcher), DIE_WITH_PARENT)).href;
  const child = spawn(process.execPath, ['--import', dieWithParent, launcher], {
    env: { ...environment, BULKHEAD_HOME: home, PORT: '0', NO_COLOR: '1' },
    // By the channel it learns that whoever started it is gone, even after kill -9, and stops.
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    // A Ctrl-C is for the command that started it, which then stops it in order.
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) throw new StartFailed(`${launcher} cannot be started`);
  try {
    await untilUp(child);
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
  return { home, pid, stop: () => stop(child) };
}

function untilUp(child: ChildProcess): Promise<void> {
  let output = '';
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new StartFailed(`The installation ${why}.\n${output}`));
    const timer = setTimeout(() => fail('did not come up in time'), START_TIMEOUT_MS);
    const read = (chunk: Buffer) => {
      output = (output + chunk.toString('utf8')).slice(-KEPT_OUTPUT_CHARS);
      if (!output.includes(UP)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with code ${code} before it was up`);
    });
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const killer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await gone;
  clearTimeout(killer);
}
