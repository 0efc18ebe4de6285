import { v7 as uuid } from 'uuid';
import type { Contestant, Stream } from './contestant.js';
import type { Load, Loaded } from './load.js';

/** Existing streams of one appender: it goes round, so that no stream grows much longer than others. */
const STREAMS_PER_APPENDER = 8;

/** So many appenders, each sending its next append when the last one was answered. */
export async function applyLoad(
  contestant: Contestant,
  load: Load,
  streams: Map<string, Stream[]>,
): Promise<Loaded> {
  const lanes = load.existing ? await existingLanes(contestant, load, streams) : null;
  const latencies: number[] = [];
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  const endAt = startedAt + load.seconds * 1_000;
  const appender = async (lane: readonly Stream[] | undefined) => {
    for (let nr = 0, at = performance.now(); at < endAt; nr += 1) {
      const stream = lane?.[nr % lane.length] ?? newStream();
      await contestant.append(stream, load.events);
      stream.version += load.events;
      const answeredAt = performance.now();
      latencies.push(answeredAt - at);
      at = answeredAt;
    }
  };
  await Promise.all(Array.from({ length: load.concurrency }, (_, nr) => appender(lanes?.[nr])));
  const seconds = (performance.now() - startedAt) / 1_000;
  const cpu = process.cpuUsage(cpuBefore);
  latencies.sort((a, b) => a - b);
  return {
    appends: latencies.length,
    events: latencies.length * load.events,
    seconds,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    cpuSeconds: (cpu.user + cpu.system) / 1_000_000,
  };
}

function newStream(): Stream {
  return { id: `wl_${uuid().replaceAll('-', '')}`, version: 0 };
}

/** Streams are made once a process and case, before anything is measured. */
async function existingLanes(
  contestant: Contestant,
  { name, concurrency }: Load,
  streams: Map<string, Stream[]>,
): Promise<readonly (readonly Stream[])[]> {
  let made = streams.get(name);
  if (made === undefined) {
    made = Array.from({ length: concurrency * STREAMS_PER_APPENDER }, newStream);
    streams.set(name, made);
    for (let from = 0; from < made.length; from += concurrency) {
      await Promise.all(
        made.slice(from, from + concurrency).map(async (stream) => {
          await contestant.append(stream, 1);
          stream.version += 1;
        }),
      );
    }
  }
  const all = made;
  return Array.from({ length: concurrency }, (_, nr) =>
    all.filter((_stream, index) => index % concurrency === nr),
  );
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
