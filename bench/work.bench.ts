import { parseArgs } from 'node:util';
import { sleep } from '../apps/cli/src/sources.js';
import { Child } from './append/child.js';
import { rounded, type Spread, spreadOf } from './append/statistics.js';
import { type Datastore, datastoresOf, withDatastore } from './datastores/each-datastore.js';
import { type ProcessTimes, ProcessWatch } from './process-times.js';
import { startWholeInstallation, type WholeInstallation } from './whole/whole-installation.js';

const DEFAULTS = { tasks: 2_000, rounds: 3, hosts: 8 } as const;
const POLL_MS = 50;
const TIMEOUT_MS = 240_000;
const BARE = new URL('./datastores/bare-queue.main.js', import.meta.url);

interface Shape {
  readonly tasks: number;
  readonly rounds: number;
  readonly hosts: number;
  readonly datastores: readonly Datastore[];
}

interface Round {
  readonly perSecond: number;
  readonly barePerSecond: number;
}

interface OnDatastore {
  readonly rounds: readonly Round[];
  /** Of one workload, by part of the system. */
  readonly processorMs: Readonly<Record<string, number>>;
}

/**
 * Workloads per second from a batch's submission over HTTP to the end of its last workload, with
 * everything that production has, against jobs that do nothing on the same datastore. Both in turn.
 */
export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  const shape = readShape(args);
  const ratios: Record<string, Spread | null> = {};
  const perSecond: Record<string, Spread | null> = {};
  const barePerSecond: Record<string, Spread | null> = {};
  const processorMs: Record<string, Readonly<Record<string, number>>> = {};
  for (const datastore of shape.datastores) {
    const { rounds, processorMs: used } = await onDatastore(datastore, shape);
    ratios[datastore] = spreadOf(rounds.map((r) => r.perSecond / r.barePerSecond));
    perSecond[datastore] = spreadOf(rounds.map((r) => r.perSecond));
    barePerSecond[datastore] = spreadOf(rounds.map((r) => r.barePerSecond));
    processorMs[datastore] = used;
  }
  const { tasks, rounds, hosts } = shape;
  return {
    ...{ tasks, rounds, hosts, ratios: { bareBullmq: ratios } },
    ...{ perSecond, barePerSecond, processorMsPerWorkload: processorMs },
  };
}

function readShape(args: readonly string[]): Shape {
  const options = {
    tasks: { type: 'string', default: String(DEFAULTS.tasks) },
    rounds: { type: 'string', default: String(DEFAULTS.rounds) },
    hosts: { type: 'string', default: String(DEFAULTS.hosts) },
    datastore: { type: 'string' },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  const number = (name: 'tasks' | 'rounds' | 'hosts', max: number) => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= 1 && value <= max) return value;
    throw new Error(`--${name} must be a whole number from 1 to ${max}, not ${values[name]}`);
  };
  return {
    ...{ tasks: number('tasks', 10_000), rounds: number('rounds', 50) },
    ...{ hosts: number('hosts', 200), datastores: datastoresOf(values.datastore) },
  };
}

function onDatastore(datastore: Datastore, shape: Shape): Promise<OnDatastore> {
  return withDatastore(datastore, async (environment) => {
    const installation = await startWholeInstallation(shape, { ...process.env, ...environment });
    try {
      const { REDIS_URL } = environment;
      const bare = await Child.start<{ jobs: number }, { ms: number }>('bare queue', BARE, {
        BENCH_URL: installation.databaseUrl,
        ...(REDIS_URL === undefined ? {} : { BENCH_REDIS_URL: REDIS_URL }),
      });
      const measured = await inTurn(datastore, shape, installation, bare);
      await bare.close();
      return measured;
    } finally {
      await installation.stop();
    }
  });
}

/** The first round finds everything cold and is not counted. */
async function inTurn(
  datastore: Datastore,
  { tasks, rounds }: Shape,
  installation: WholeInstallation,
  bare: Child<{ jobs: number }, { ms: number }>,
): Promise<OnDatastore> {
  const { client } = await installation.tenant(`bench-${datastore}`, 'standard');
  const found: Round[] = [];
  const used: Readonly<Record<string, ProcessTimes>>[] = [];
  for (let nr = 0; nr <= rounds; nr += 1) {
    const { ms: bareMs } = await bare.ask({ jobs: tasks });
    const watch = new ProcessWatch([installation.pid]);
    const ms = await batchToItsEnd(client, tasks, `round-${nr}`);
    const times = watch.finish();
    const round = { perSecond: (tasks * 1_000) / ms, barePerSecond: (tasks * 1_000) / bareMs };
    console.error(datastore, nr, round, times);
    if (nr === 0) continue;
    found.push(round);
    used.push(times);
  }
  const parts = [...new Set(used.flatMap((times) => Object.keys(times)))];
  const processorMs = parts.map((part) => {
    const seconds = used.reduce((sum, times) => sum + (times[part]?.cpuSeconds ?? 0), 0);
    return [part, rounded((seconds * 1_000) / (tasks * rounds))];
  });
  return { rounds: found, processorMs: Object.fromEntries(processorMs) };
}

type Client = Awaited<ReturnType<WholeInstallation['tenant']>>['client'];

async function batchToItsEnd(client: Client, count: number, name: string): Promise<number> {
  const resources = { cpuMillis: 100, memoryMiB: 64 };
  const simulation = { durationMs: 0, exitCode: 0 };
  const taskDefaults = { image: 'mcr.microsoft.com/windows/nanoserver:ltsc2025', resources };
  const batch = { name, count, taskDefaults: { ...taskDefaults, simulation } };
  const startedAt = performance.now();
  const { body } = await client.post('/v1/batches', batch, name);
  const { id } = body as { id: string };
  for (;;) {
    const { status } = (await client.get(`/v1/batches/${id}`)).body as { status: string };
    const ms = performance.now() - startedAt;
    if (status === 'succeeded') return ms;
    if (status !== 'running' || ms > TIMEOUT_MS) {
      throw new Error(`batch ${id} is ${status} after ${Math.round(ms / 1_000)} s`);
    }
    await sleep(POLL_MS);
  }
}
