import { withClient } from '../histories/log-database.js';
import type { BenchTenant } from './whole-installation.js';

/** Shares of the waits that were no longer than this, in milliseconds. */
export interface Waits {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** By the log: both moments are when it learned of them. */
const WAITED = `
  SELECT extract(epoch FROM min(started.recorded_at) - submitted.recorded_at)::float8 * 1000 AS ms
    FROM log.events submitted
    LEFT JOIN log.events started
      ON started.stream = submitted.stream AND started.type = 'ComputeSystemStarted'
   WHERE submitted.type = 'WorkloadSubmitted' AND submitted.stream = ANY ($1::text[])
   GROUP BY submitted.stream, submitted.recorded_at`;

const POLL_MS = 20;
const TIMEOUT_MS = 120_000;
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Submits a workload that ends at once, and answers its id. */
export async function submitOne({ client }: BenchTenant, key: string): Promise<string> {
  const body = {
    image: 'mcr.microsoft.com/windows/nanoserver:ltsc2025',
    resources: { cpuMillis: 100, memoryMiB: 64 },
    simulation: { durationMs: 0, exitCode: 0 },
  };
  const answer = await client.post('/v1/workloads', body, key);
  return (answer.body as { id: string }).id;
}

/** From the append of the submission to that of the start; waits until all have started. */
export async function waitsOf(databaseUrl: string, workloads: readonly string[]): Promise<Waits> {
  return withClient(databaseUrl, async (client) => {
    for (let waitedMs = 0; ; waitedMs += POLL_MS) {
      const { rows } = await client.query<{ ms: number | null }>(WAITED, [workloads]);
      const started = rows.flatMap(({ ms }) => (ms === null ? [] : [ms])).sort((a, b) => a - b);
      if (started.length === workloads.length) return waits(started);
      if (waitedMs > TIMEOUT_MS) {
        throw new Error(`${started.length} of ${workloads.length} workloads have started`);
      }
      await sleep(POLL_MS);
    }
  });
}

function waits(sorted: readonly number[]): Waits {
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
  const rounded = (ms: number) => Math.round(ms * 10) / 10;
  return { count: sorted.length, p50Ms: rounded(at(0.5)), p99Ms: rounded(at(0.99)) };
}
