import { parseArgs } from 'node:util';
import { Child } from './append/child.js';
import { spreadOf } from './append/statistics.js';
import { startBenchServer } from './histories/log-database.js';
import { assertWrk, type Loaded, postFor, type Target } from './submit/wrk.js';

const DEFAULTS = { rounds: 5, seconds: 4 } as const;
const PATH = '/v1/workloads';
const WORKLOAD = {
  image: 'mcr.microsoft.com/windows/nanoserver:ltsc2025',
  command: ['cmd', '/c', 'report.cmd'],
  resources: { cpuMillis: 500, memoryMiB: 256 },
  labels: { team: 'harbour' },
};

/** A server that answers where it is, and how much processor time it has used. */
type Server = Child<object & string, Target & { readonly used: NodeJS.CpuUsage }>;

interface Measured extends Loaded {
  /** Of the server's process, without Postgres: what is left of it on a machine that others use. */
  readonly processorMs: number;
}

interface Round {
  readonly ours: Measured;
  readonly peer: Measured;
}

/**
 * Authenticated submissions on 64 connections: Bulkhead, with validation, a decision and two events each,
 * against NestJS on Fastify with passport-jwt and one durable INSERT each. Both in turn, on one Postgres.
 */
export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  const { rounds: count, seconds } = readShape(args);
  assertWrk();
  const server = await startBenchServer();
  const open: Server[] = [];
  try {
    const database = await server.database('ours');
    const { adminUrl } = await server.database('peer');
    const started = async (name: string, file: string, environment: Record<string, string>) => {
      const url = new URL(file, import.meta.url);
      const child: Server = await Child.start(name, url, environment);
      open.push(child);
      return child;
    };
    const ours = await started('api', './submit/api.main.js', {
      BENCH_DATABASE: JSON.stringify(database),
    });
    const peer = await started('peer', './submit/nest-insert.main.js', { BENCH_URL: adminUrl });
    return { seconds, ...figures(await inTurn(count, seconds, ours, peer)) };
  } finally {
    await Promise.all(open.map((child) => child.close()));
    await server.stop();
  }
}

function readShape(args: readonly string[]) {
  const options = {
    rounds: { type: 'string', default: String(DEFAULTS.rounds) },
    seconds: { type: 'string', default: String(DEFAULTS.seconds) },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  const number = (name: 'rounds' | 'seconds') => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= 1 && value <= 100) return value;
    throw new Error(`--${name} must be a whole number from 1 to 100, not ${values[name]}`);
  };
  return { rounds: number('rounds'), seconds: number('seconds') };
}

/** The first round finds everything cold and is not counted; who begins changes with every round. */
async function inTurn(count: number, seconds: number, ours: Server, peer: Server) {
  const rounds: Round[] = [];
  const measure = (server: Server) => load(server, seconds);
  for (let nr = 0; nr <= count; nr += 1) {
    const first = await measure(nr % 2 === 0 ? ours : peer);
    const second = await measure(nr % 2 === 0 ? peer : ours);
    const round = nr % 2 === 0 ? { ours: first, peer: second } : { ours: second, peer: first };
    console.error(nr, round);
    if (nr > 0) rounds.push(round);
  }
  return rounds;
}

async function load(server: Server, seconds: number): Promise<Measured> {
  const ask = () => server.ask('where' as object & string);
  const { used: before, ...target } = await ask();
  const loaded = await postFor(seconds, target, PATH, WORKLOAD);
  const { used: after } = await ask();
  const usedMs = (after.user + after.system - before.user - before.system) / 1_000;
  return { ...loaded, processorMs: usedMs / (loaded.perSecond * seconds) };
}

function figures(rounds: readonly Round[]): Record<string, unknown> {
  const of = (value: (round: Round) => number) => spreadOf(rounds.map(value));
  return {
    ratios: { nestInsert: of(({ ours, peer }) => ours.perSecond / peer.perSecond) },
    p99Ratio: { nestInsert: of(({ ours, peer }) => ours.p99Ms / peer.p99Ms) },
    perSecond: { ours: of((r) => r.ours.perSecond), nestInsert: of((r) => r.peer.perSecond) },
    p50Ms: { ours: of((r) => r.ours.p50Ms), nestInsert: of((r) => r.peer.p50Ms) },
    p99Ms: { ours: of((r) => r.ours.p99Ms), nestInsert: of((r) => r.peer.p99Ms) },
    processorMs: { ours: of((r) => r.ours.processorMs), nestInsert: of((r) => r.peer.processorMs) },
  };
}
