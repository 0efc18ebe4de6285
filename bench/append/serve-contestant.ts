import { applyLoad } from './apply-load.js';
import type { Contestant, Stream } from './contestant.js';
import type { Load, Loaded } from './load.js';

type Report = { readonly ready: true } | { readonly loaded: Loaded } | { readonly failed: string };

/** The whole life of a contestant's process: open, run loads on demand, end with the benchmark. */
export async function serveContestant(open: () => Promise<Contestant>): Promise<void> {
  process.once('disconnect', () => process.exit());
  try {
    const contestant = await open();
    const streams = new Map<string, Stream[]>();
    process.on('message', (load: Load) => {
      void run(contestant, load, streams).then(report, reportFailure);
    });
    report({ ready: true });
  } catch (error) {
    reportFailure(error);
  }
}

async function run(
  contestant: Contestant,
  load: Load,
  streams: Map<string, Stream[]>,
): Promise<Report> {
  await contestant.prepare?.(load);
  return { loaded: await applyLoad(contestant, load, streams) };
}

function report(message: Report): void {
  if (process.connected) process.send?.(message);
}

function reportFailure(error: unknown): void {
  report({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}
