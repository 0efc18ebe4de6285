import { type Spread, spreadOf } from './append/statistics.js';
import {
  AUDIT_FILTERS,
  GrownLog,
  NEWEST_EVENTS,
  type Operation,
  type Reach,
} from './growth/operations.js';
import { type BenchServer, fillLog, startBenchServer } from './histories/log-database.js';

const BASE = NEWEST_EVENTS;
const SIZES = [1_000_000];
/** Takes some ten minutes and ten gigabytes of disk to make. */
const FULL_SIZES = [...SIZES, 10_000_000];
const ROUNDS = 7;
/** Of one operation, in one round, in each log. */
const TIMES = 40;
const WARM_UP_TIMES = 10;
const USAGE = 'log-growth takes nothing, or --full for 10,000,000 events too, or --events NUMBER';
const OPERATIONS: readonly Operation[] = ['append', 'streamRead', ...AUDIT_FILTERS];

/**
 * What an operation costs in a long log, divided by what it costs in one of 10,000 events. The logs stand
 * side by side in one server and take turns with every single operation. The ratios are those of work on
 * the newest 10,000 events; work anywhere in the log, which has to read what no cache holds, is beside them.
 */
export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  const sizes = sizesFrom(args);
  const server = await startBenchServer();
  const logs: GrownLog[] = [];
  try {
    for (const events of [BASE, ...sizes]) logs.push(await grow(server, events));
    const newest = await measure(logs, 'newest');
    const anywhere = await measure(logs, 'anywhere');
    return { rounds: ROUNDS, times: TIMES, ...figures(sizes, newest, anywhere) };
  } finally {
    await Promise.all(logs.map((log) => log.close()));
    await server.stop();
  }
}

function sizesFrom(args: readonly string[]): readonly number[] {
  const [flag, value] = args;
  if (flag === undefined) return SIZES;
  if (flag === '--full' && args.length === 1) return FULL_SIZES;
  const events = Number(value);
  if (flag === '--events' && args.length === 2 && Number.isInteger(events) && events > BASE) {
    return [events];
  }
  throw new Error(USAGE);
}

async function grow(server: BenchServer, events: number): Promise<GrownLog> {
  console.error(`writing ${events} events`);
  const database = await server.database(`grown_${events}`);
  await fillLog(database, events);
  return new GrownLog(events, database);
}

/** Median milliseconds of each operation: by operation, by size, one value a round. */
type Times = Map<Operation, Map<number, number[]>>;

async function measure(logs: readonly GrownLog[], reach: Reach): Promise<Times> {
  const times: Times = new Map();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const operation of OPERATIONS) {
      const taken = new Map(logs.map(({ events }) => [events, [] as number[]]));
      for (let nr = -WARM_UP_TIMES; nr < TIMES; nr += 1) {
        const chance = Math.random();
        for (const log of logs) {
          const ms = await log.time(operation, reach, chance);
          if (nr >= 0) taken.get(log.events)?.push(ms);
        }
      }
      const bySize = times.get(operation) ?? new Map<number, number[]>();
      times.set(operation, bySize);
      for (const [events, all] of taken) {
        bySize.set(events, [...(bySize.get(events) ?? []), median(all)]);
      }
    }
    console.error(`round ${round + 1} of ${ROUNDS}, ${reach}, is measured`);
  }
  return times;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function figures(sizes: readonly number[], newest: Times, anywhere: Times) {
  const byName = (nameOf: (size: number) => unknown) =>
    Object.fromEntries(sizes.map((size) => [exponent(size), nameOf(size)]));
  const of = (times: Times) => (size: number) =>
    Object.fromEntries(OPERATIONS.map((one) => [one, toBase(times, one, size)]));
  const medianOf = (one: Operation) => (size: number) => toBase(newest, one, size)?.median ?? null;
  const worst = (size: number) =>
    Math.max(...AUDIT_FILTERS.map((one) => toBase(newest, one, size)?.median ?? 0));
  return {
    ratios: {
      append: byName(medianOf('append')),
      streamRead: byName(medianOf('streamRead')),
      // Of the filter that suffers most.
      auditPage: byName(worst),
    },
    newest: byName(of(newest)),
    anywhere: byName(of(anywhere)),
    baseMs: Object.fromEntries(
      OPERATIONS.map((one) => [one, spreadOf(newest.get(one)?.get(BASE) ?? [])?.median]),
    ),
  };
}

function toBase(times: Times, operation: Operation, size: number): Spread | null {
  const bySize = times.get(operation);
  const base = bySize?.get(BASE) ?? [];
  const ratios = (bySize?.get(size) ?? []).map((ms, round) => ms / (base[round] ?? ms));
  return spreadOf(ratios);
}

/** 1,000,000 is `1e6`. */
function exponent(size: number): string {
  return size.toExponential().replace('+', '').replace('.0e', 'e');
}
