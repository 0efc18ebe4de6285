import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const PROGRAM = 'wrk';
const CONNECTIONS = 64;
/** Of the load generator: one leaves the other core to the server. */
const THREADS = 1;
const UNITS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000 };

export interface Loaded {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Target {
  readonly url: string;
  readonly token: string;
}

/** @throws Error that says what to install */
export function assertWrk(): void {
  // Without arguments it prints its usage and answers 1; only a missing program has no answer at all.
  if (spawnSync(PROGRAM).error === undefined) return;
  throw new Error(`${PROGRAM} is not installed; on Debian: apt-get install ${PROGRAM}`);
}

/**
 * Posts one body over and over on 64 connections.
 * @throws Error where an answer was none of success, or none came
 */
export async function postFor(
  seconds: number,
  { url, token }: Target,
  path: string,
  body: object,
): Promise<Loaded> {
  const folder = mkdtempSync(join(tmpdir(), 'bulkhead-wrk-'));
  try {
    const script = join(folder, 'post.lua');
    writeFileSync(script, scriptOf(token, JSON.stringify(body)));
    const how = [
      '-t',
      `${THREADS}`,
      '-c',
      `${CONNECTIONS}`,
      '-d',
      `${seconds}s`,
      '--latency',
      '--timeout',
      '10s',
    ];
    const { stdout } = await promisify(execFile)(PROGRAM, [...how, '-s', script, `${url}${path}`]);
    return read(stdout);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** JSON strings are Lua strings as long as they stay on one line. */
function scriptOf(token: string, body: string): string {
  return [
    'wrk.method = "POST"',
    `wrk.body = ${JSON.stringify(body)}`,
    'wrk.headers["Content-Type"] = "application/json"',
    `wrk.headers["Authorization"] = ${JSON.stringify(`Bearer ${token}`)}`,
  ].join('\n');
}

function read(output: string): Loaded {
  const trouble = /(Non-2xx or 3xx responses: \d+|Socket errors: .*)/.exec(output);
  if (trouble !== null) throw new Error(`the server did not keep up: ${trouble[1]}`);
  const perSecond = Number(/Requests\/sec:\s+([\d.]+)/.exec(output)?.[1]);
  if (!(perSecond > 0)) throw new Error(`wrk said:\n${output}`);
  return { perSecond, p50Ms: percentile(output, 50), p99Ms: percentile(output, 99) };
}

function percentile(output: string, share: number): number {
  const found = new RegExp(`\\b${share}(?:\\.\\d+)?%\\s+([\\d.]+)(us|ms|s)\\b`).exec(output);
  return Number(found?.[1]) * (UNITS[found?.[2] ?? ''] ?? Number.NaN);
}
