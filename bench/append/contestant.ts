import { applyLoad, type Load, type Loaded } from './load.js';

/** A stream as the one that appends to it knows it. */
export interface Stream {
  readonly id: string;
  version: number;
}

/** An event store, or what is measured in its place. Lives in a process of its own. */
export interface Contestant {
  /** Resolves when the events are durable. */
  append(stream: Stream, events: number): Promise<unknown>;
  /** Told before each run; a contestant may fit its connections to it. */
  prepare?(load: Load): Promise<void>;
}

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
