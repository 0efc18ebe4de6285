import { rounded, spreadOf } from './append/statistics.js';
import { startBenchServer, withClient } from './histories/log-database.js';
import { type Case, cases, someStreams } from './row-security/cases.js';
import { type Contestant, prepare } from './row-security/contestant.js';

const EVENTS = 100_000;
const ROUNDS = 200;
const NAMES = ['secured', 'plain'] as const;

/**
 * What row-level security costs: the api's reads, and an append, on two databases with the same rows, of
 * which one has it and the other has neither policies nor the scope in its statements. One connection each;
 * they take turns, now the one and now the other first. BENCH_ROUNDS shapes the run.
 */
export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  if (args.length > 0) throw new Error('row-security takes no arguments');
  const rounds = Number(process.env['BENCH_ROUNDS'] || ROUNDS);
  const server = await startBenchServer();
  const contestants: Contestant[] = [];
  try {
    for (const name of NAMES) {
      contestants.push(await prepare(name, await server.database(name), EVENTS));
      console.error(`${name} is filled with ${EVENTS} events`);
    }
    const adminUrl = contestants[0]?.adminUrl ?? '';
    const streams = await withClient(adminUrl, someStreams);
    return await measure(contestants, cases(streams), rounds);
  } finally {
    for (const contestant of contestants) await contestant.close();
    await server.stop();
  }
}

/** Time of one operation with row-level security against one without: the median of the rounds' ratios. */
async function measure(contestants: readonly Contestant[], all: readonly Case[], rounds: number) {
  const ratios: Record<string, unknown> = {};
  const spread: Record<string, unknown> = {};
  const medianMs: Record<string, unknown> = {};
  for (const one of all) {
    const acts = contestants.map((contestant) => one.of(contestant));
    const times: number[][] = acts.map(() => []);
    for (let round = -1; round < rounds; round += 1) {
      const order = round % 2 === 0 ? [0, 1] : [1, 0];
      for (const index of order) {
        const tookMs = await timed(acts[index] as () => Promise<unknown>, one.times);
        // The first round is for plans and caches.
        if (round >= 0) times[index]?.push(tookMs / one.times);
      }
    }
    const [secured = [], plain = []] = times;
    spread[one.name] = spreadOf(secured.map((ms, round) => ms / (plain[round] ?? ms)));
    ratios[one.name] = (spread[one.name] as { median: number }).median;
    medianMs[one.name] = { secured: medianOf(secured), plain: medianOf(plain) };
    console.error(
      `${one.name}: ${JSON.stringify({ ratio: spread[one.name], ms: medianMs[one.name] })}`,
    );
  }
  return { events: EVENTS, rounds, ratios, spread, medianMs };
}

async function timed(act: () => Promise<unknown>, times: number): Promise<number> {
  const begunMs = performance.now();
  for (let time = 0; time < times; time += 1) await act();
  return performance.now() - begunMs;
}

const medianOf = (values: readonly number[]) => rounded(spreadOf(values)?.median ?? 0);
