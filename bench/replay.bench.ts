import { rounded, type Spread, spreadOf } from './append/statistics.js';
import {
  fillLog,
  type LogDatabase,
  startBenchServer,
  withClient,
} from './histories/log-database.js';
import { installPeers } from './peers/install-peers.js';
import { copyFloor } from './replay/copy-floor.js';
import { type Reading, runReading } from './replay/reading.js';

interface Settings {
  readonly events: number;
  readonly rounds: number;
}

const DEFAULTS: Settings = { events: 1_000_000, rounds: 5 };
const USAGE = 'replay takes --events NUMBER (1000 to 10000000) and --rounds NUMBER (1 to 50)';
/** The memory of a replay is looked at over this part of the log and over all of it. */
const SHORT_SHARE = 0.1;

/**
 * Reads and folds a whole log, every payload parsed and upcasters included, against COPY of the same rows
 * to nowhere and against the fastest reader among other event stores. All read from one server and take
 * turns; each is a process of its own.
 */
export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  const settings = readSettings(args);
  const server = await startBenchServer();
  try {
    const database = await server.database('replay');
    console.error(`writing ${settings.events} events`);
    await fillLog(database, settings.events);
    const problem = await preparePeer(database);
    const measured = await measure(database, settings, problem === null);
    return { ...settings, ...measured, notes: problem === null ? [] : [problem] };
  } finally {
    await server.stop();
  }
}

function readSettings(args: readonly string[]): Settings {
  const settings = { ...DEFAULTS };
  for (let at = 0; at < args.length; at += 2) {
    const value = Number(args[at + 1]);
    if (args[at] === '--events' && value >= 1_000 && value <= 10_000_000) settings.events = value;
    else if (args[at] === '--rounds' && value >= 1 && value <= 50) settings.rounds = value;
    else throw new Error(USAGE);
  }
  return settings;
}

const BULKHEAD = new URL('replay/bulkhead.main.js', import.meta.url);
const ACT_PG = new URL('peers/act-pg.main.js', import.meta.url);

/** The same events in the peer's table, with its own indexes. Answers why there is no peer, or null. */
async function preparePeer({ adminUrl }: LogDatabase): Promise<string | null> {
  const problem = await installPeers();
  if (problem !== null) return problem;
  await runReading(ACT_PG, { BENCH_URL: adminUrl, BENCH_MANNER: 'seed' });
  await withClient(adminUrl, async (client) => {
    await client.query(`
      INSERT INTO act.events (id, name, data, stream, version, created, meta)
      SELECT position, type, payload::text::jsonb, stream, version - 1, recorded_at,
             metadata::text::jsonb FROM log.events ORDER BY position`);
    await client.query('VACUUM (FREEZE, ANALYZE) act.events');
    await client.query('CHECKPOINT');
  });
  return null;
}

type Contestant = readonly [name: string, run: () => Promise<Reading | number>];

async function measure(
  { adminUrl, workerUrl }: LogDatabase,
  { events, rounds }: Settings,
  withPeer: boolean,
): Promise<Record<string, unknown>> {
  const floor = copyFloor();
  const ours = (manner: string, more: Record<string, string> = {}) =>
    runReading(BULKHEAD, { BENCH_URL: workerUrl, BENCH_MANNER: manner, ...more });
  const contestants: Contestant[] = [
    ['copy', () => floor.run(adminUrl)],
    ['bulkhead', () => ours('all')],
    ['handledTypes', () => ours('handled')],
    ['pages', () => ours('pages')],
    ['fleet', () => ours('fleet')],
  ];
  if (withPeer) contestants.push(['act-pg', () => runReading(ACT_PG, { BENCH_URL: adminUrl })]);
  const rates = new Map<string, number[]>(contestants.map(([name]) => [name, []]));
  const readings = new Map<string, Reading>();
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, read] of rotated(contestants, round)) {
      const result = await read();
      if (typeof result !== 'number') readings.set(name, result);
      const seconds = typeof result === 'number' ? result : result.seconds;
      rates.get(name)?.push(events / seconds);
    }
    console.error(`round ${round + 1} of ${rounds} is measured`);
  }
  sameDigest(readings);
  const short = await ours('all', { BENCH_THROUGH: String(Math.floor(events * SHORT_SHARE)) });
  const peakRssMiB = { tenth: short.peakRssMiB, all: readings.get('bulkhead')?.peakRssMiB };
  return { ...figures(rates), floorBy: floor.by, peakRssMiB };
}

/** Nobody always comes first. */
function rotated<T>(all: readonly T[], by: number): readonly T[] {
  const first = by % all.length;
  return [...all.slice(first), ...all.slice(0, first)];
}

/** @throws Error where contestants did not fold the same events, and so cannot be compared */
function sameDigest(readings: ReadonlyMap<string, Reading>): void {
  const digests = new Set([...readings.values()].map(({ digest }) => digest));
  if (digests.size > 1) throw new Error(`readers differ: ${[...digests].join('; ')}`);
}

/** Ratios above 1 are faster; `eventsPerSecond` counts all events of the log for everybody. */
function figures(rates: ReadonlyMap<string, readonly number[]>): Record<string, unknown> {
  const to = (name: string, other: string): Spread | null => {
    const theirs = rates.get(other) ?? [];
    const ratios = (rates.get(name) ?? []).map((rate, round) => rate / (theirs[round] ?? rate));
    return theirs.length === 0 ? null : spreadOf(ratios);
  };
  const spread = {
    copy: to('bulkhead', 'copy'),
    bestPeer: to('bulkhead', 'act-pg'),
    handledTypesToCopy: to('handledTypes', 'copy'),
    pagesToCopy: to('pages', 'copy'),
    fleetToCopy: to('fleet', 'copy'),
  };
  const medians = Object.entries(spread).map(([name, one]) => [name, one?.median ?? null]);
  const perSecond = [...rates].map(([name, all]) => [name, rounded(spreadOf(all)?.median ?? 0)]);
  return {
    ratios: Object.fromEntries(medians),
    spread,
    eventsPerSecond: Object.fromEntries(perSecond),
  };
}
