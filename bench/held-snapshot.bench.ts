import type { StreamId } from '@bulkhead/domain';
import { openPool, PostgresLog } from '@bulkhead/event-store';
import pg from 'pg';
import { v7 } from 'uuid';
import { ROUTE, sampleAnswer, sampleEvents, sampleMetadata, TENANT } from './append/sample-data.js';
import { rounded, type Spread, spreadOf } from './append/statistics.js';
import { startBenchServer } from './histories/log-database.js';

const HELD_SECONDS = 60;
const HELD_SECONDS_MAX = 3_600;
const CONCURRENCIES = [1, 32] as const;
/** One turn; short, so that what else the machine does falls on both sides. */
const TURN_MS = 250;
const WARM_UP_TURNS = 8;

type Concurrency = (typeof CONCURRENCIES)[number];
type Ratios = Readonly<Record<`c${Concurrency}`, Spread | null>>;

/** One log, and what is needed to append to it as the api does. */
interface Contestant {
  readonly log: PostgresLog;
  readonly pool: pg.Pool;
}

interface Turn {
  readonly concurrency: Concurrency;
  /** Time of an append beside the snapshot, divided by that without one. */
  readonly ratio: number;
  /** How old the snapshot was, in seconds. */
  readonly age: number;
}

/**
 * What a reader that holds its snapshot costs those who append. Two logs on one server take turns: in
 * the database of one a REPEATABLE READ transaction stays open, so that nothing that ends after its
 * beginning can be cleared away there; the other has none.
 */
export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  const heldSeconds = heldSecondsFrom(args);
  const server = await startBenchServer();
  try {
    const [beside, alone] = [await server.database('beside'), await server.database('alone')];
    const contestants = [contestant(beside.workerUrl), contestant(alone.workerUrl)] as const;
    for (let nr = 0; nr < WARM_UP_TURNS; nr += 1) await turns(contestants, nr, performance.now());
    const reader = new pg.Client({ connectionString: beside.workerUrl });
    await reader.connect();
    const seen = await hold(reader);
    const measured = await measure(contestants, heldSeconds);
    const stillSeen = await seen();
    await reader.end();
    await Promise.all(contestants.map(({ pool }) => pool.end()));
    const ratios = ratiosOf(measured);
    const oldest = ratiosOf(measured.filter(({ age }) => age > heldSeconds / 2));
    const worst = Math.max(...Object.values(ratios).map((spread) => spread?.median ?? Infinity));
    return {
      heldSeconds,
      snapshotHeld: stillSeen,
      ratio: worst,
      ratios,
      ratiosOfSecondHalf: oldest,
    };
  } finally {
    await server.stop();
  }
}

function heldSecondsFrom(args: readonly string[]): number {
  const [name, value, ...others] = args;
  if (name === undefined) return HELD_SECONDS;
  const seconds = Number(value);
  const isRight = Number.isInteger(seconds) && seconds >= 1 && seconds <= HELD_SECONDS_MAX;
  if (name === '--seconds' && isRight && others.length === 0) return seconds;
  throw new Error(`held-snapshot takes --seconds, a whole number from 1 to ${HELD_SECONDS_MAX}`);
}

function contestant(url: string): Contestant {
  const pool = openPool({ url, applicationName: 'bench' });
  return { pool, log: new PostgresLog({ pool, newEventId: v7 }) };
}

/** Answers a question: whether the reader still sees exactly what it saw at first. */
async function hold(reader: pg.Client): Promise<() => Promise<boolean>> {
  const count = async () => (await reader.query('SELECT count(*) FROM log.events')).rows[0].count;
  await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  const first = await count();
  return async () => (await count()) === first;
}

async function measure(
  contestants: readonly [Contestant, Contestant],
  heldSeconds: number,
): Promise<readonly Turn[]> {
  const measured: Turn[] = [];
  const heldSince = performance.now();
  for (let nr = 0; performance.now() - heldSince < heldSeconds * 1_000; nr += 1) {
    measured.push(...(await turns(contestants, nr, heldSince)));
  }
  return measured;
}

/** One turn of each for every concurrency; who begins alternates. */
async function turns(
  contestants: readonly [Contestant, Contestant],
  nr: number,
  heldSince: number,
): Promise<readonly Turn[]> {
  const done: Turn[] = [];
  for (const concurrency of CONCURRENCIES) {
    const [beside, alone] = contestants;
    const order = nr % 2 === 0 ? [beside, alone] : [alone, beside];
    const msOf = new Map<Contestant, number>();
    for (const one of order) msOf.set(one, await msPerAppend(one, concurrency));
    const ratio = (msOf.get(beside) ?? Number.NaN) / (msOf.get(alone) ?? Number.NaN);
    done.push({ concurrency, ratio, age: (performance.now() - heldSince) / 1_000 });
  }
  return done;
}

async function msPerAppend({ log }: Contestant, concurrency: number): Promise<number> {
  const startedAt = performance.now();
  let appends = 0;
  const lane = async () => {
    while (performance.now() - startedAt < TURN_MS) {
      await appendOne(log);
      appends += 1;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
  return (performance.now() - startedAt) / appends;
}

/** A request as the api would record it, with the answer that a repetition gets. */
async function appendOne(log: PostgresLog): Promise<void> {
  const stream: StreamId = `wl_${v7().replaceAll('-', '')}`;
  const events = sampleEvents(stream, 1);
  await log.append({
    streams: [{ owner: TENANT, stream, expectedVersion: 0, events }],
    metadata: sampleMetadata(stream),
    idempotentAnswer: {
      scope: TENANT,
      route: ROUTE,
      key: stream,
      requestSha256: '0'.repeat(64),
      status: 202,
      body: sampleAnswer(stream),
    },
  });
}

function ratiosOf(measured: readonly Turn[]): Ratios {
  const of = (concurrency: Concurrency) =>
    spreadOf(
      measured
        .filter((turn) => turn.concurrency === concurrency)
        .map(({ ratio }) => rounded(ratio)),
    );
  return { c1: of(1), c32: of(32) };
}
