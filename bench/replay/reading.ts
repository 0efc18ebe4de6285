import { fork, type StdioOptions } from 'node:child_process';
import { once } from 'node:events';
import { Tally } from './tally.js';

/** What a process says that has read the log once. */
export interface Reading {
  readonly events: number;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakRssMiB: number;
  readonly digest: string;
}

/** The whole life of a reader's process: open, read, say what came of it. */
export async function serveReading(
  open: (url: string) => Promise<{
    read(tally: Tally): Promise<void>;
    close(): Promise<void>;
  }>,
): Promise<void> {
  const reader = await open(process.env['BENCH_URL'] ?? '');
  const tally = new Tally();
  const before = process.cpuUsage();
  const startedAt = performance.now();
  await reader.read(tally);
  const seconds = (performance.now() - startedAt) / 1_000;
  const { user, system } = process.cpuUsage(before);
  await reader.close();
  const reading: Reading = {
    events: tally.count,
    seconds,
    cpuSeconds: (user + system) / 1_000_000,
    peakRssMiB: Math.round(process.resourceUsage().maxRSS / 1_024),
    digest: tally.digest,
  };
  process.send?.(reading);
}

/**
 * Runs a reader in a process of its own, because some packages change what others parse.
 * @throws Error with the exit code where it did not read to the end
 */
export async function runReading(
  file: URL,
  environment: Readonly<Record<string, string>>,
): Promise<Reading> {
  // What a package logs is not ours to show: the last line of a benchmark is its figures.
  const stdio: StdioOptions = ['ignore', 'ignore', 'inherit', 'ipc'];
  const child = fork(file, { env: { ...process.env, ...environment }, stdio });
  let reading: Reading | null = null;
  child.once('message', (message) => {
    reading = message as Reading;
  });
  const [exitCode] = await once(child, 'exit');
  if (exitCode !== 0 || reading === null)
    throw new Error(`${file.pathname} ended with ${exitCode}`);
  return reading;
}
