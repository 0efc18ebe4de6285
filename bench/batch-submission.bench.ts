import { pino } from 'pino';
import { createApi } from '../apps/api/src/create-api.js';
import { type Spread, spreadOf } from './append/statistics.js';
import { startBenchServer } from './histories/log-database.js';
import { settingsOf, tenantToken } from './submit/bench-api.js';

const TASKS = 10_000;
const ROUNDS = 7;
/** Makes a body of 10,000 lines almost as large as it may be, defaults included. */
const LINE_PADDING_CHARS = 1_000;

interface Round {
  readonly ms: number;
  /** Of api and client, without Postgres: what is left of it on a machine that others use. */
  readonly processorMs: number;
}

interface Caller {
  readonly url: string;
  readonly token: string;
}

/**
 * How long a tenant waits for the answer to a batch of 10,000 tasks: its request is sent, validated, sealed
 * and durable. Api and client are one process, and Postgres runs beside it with default durability.
 */
export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  if (args.length > 0) throw new Error('batch-submission takes no arguments');
  const server = await startBenchServer();
  try {
    const database = await server.database('batches');
    const { app } = await createApi(settingsOf(database), pino({ level: 'silent' }));
    await app.listen(0, '127.0.0.1');
    const url = await app.getUrl();
    const caller = { url, token: await tenantToken(database, url) };
    const ms: Record<string, Spread | null> = {};
    const processorMs: Record<string, Spread | null> = {};
    for (const [name, { type, body }] of Object.entries(bodies())) {
      const rounds = await roundsOf(caller, type, body);
      ms[name] = spreadOf(rounds.map((round) => round.ms));
      processorMs[name] = spreadOf(rounds.map((round) => round.processorMs));
      console.error(name, `${(body.length / 1024).toFixed(0)} KiB`, ms[name], processorMs[name]);
    }
    await app.close();
    return { tasks: TASKS, rounds: ROUNDS, ms, processorMs };
  } finally {
    await server.stop();
  }
}

/** As many tasks by a count, as JSON and as lines of about a kilobyte. */
function bodies(): Readonly<Record<string, { readonly type: string; readonly body: string }>> {
  const resources = { cpuMillis: 500, memoryMiB: 256 };
  const simulation = { durationMs: 100, exitCode: 0 };
  const taskDefaults = { image: 'bench:1', resources, simulation };
  const head = { name: 'bench', taskDefaults };
  const tasks = Array.from({ length: TASKS }, (_, index) => ({ args: ['--region', `${index}`] }));
  const padding = 'x'.repeat(LINE_PADDING_CHARS);
  const padded = tasks.map(({ args }) => JSON.stringify({ args: [...args, padding] }));
  const counted = { name: 'bench', taskDefaults: { ...taskDefaults, args: ['{{index}}'] } };
  return {
    count: { type: 'application/json', body: JSON.stringify({ ...counted, count: TASKS }) },
    json: { type: 'application/json', body: JSON.stringify({ ...head, tasks }) },
    lines: { type: 'application/x-ndjson', body: [JSON.stringify(head), ...padded].join('\n') },
  };
}

/** Of each round but the first, which finds everything cold. */
async function roundsOf({ url, token }: Caller, type: string, body: string): Promise<Round[]> {
  const rounds: Round[] = [];
  const headers = { authorization: `Bearer ${token}`, 'content-type': type };
  for (let round = 0; round <= ROUNDS; round += 1) {
    const startedAt = performance.now();
    const used = process.cpuUsage();
    const response = await fetch(`${url}/v1/batches`, { method: 'POST', headers, body });
    const { taskCount } = (await response.json()) as { taskCount?: number };
    if (taskCount !== TASKS) throw new Error(`a batch was answered with ${response.status}`);
    const ms = performance.now() - startedAt;
    const { user, system } = process.cpuUsage(used);
    rounds.push({ ms, processorMs: (user + system) / 1_000 });
  }
  return rounds.slice(1);
}
