import {
  type DomainEvent,
  type EventMetadata,
  event,
  type HostCordoned,
  type HostId,
  type HostRegistered,
  type HostUncordoned,
  hostDecider,
} from '@bulkhead/domain';
import {
  APPEND_LIMITS,
  executeCommand,
  KEPT_STATES,
  openPool,
  openReadModels,
  PostgresLog,
  PROJECTIONS,
  READ_LIMIT_MAX,
  readGenerations,
} from '@bulkhead/event-store';
import type { DataSource } from 'typeorm';
import { v7 } from 'uuid';
import { hostSpec } from '../test/domain/builders.js';
import { rounded, type Spread, spreadOf } from './append/statistics.js';
import { startBenchServer } from './histories/log-database.js';

const LENGTHS = [100, 100_000] as const;
const ROUNDS = 200;
/** Whole histories are read few times: one of them takes as long as hundreds of kept states. */
const WHOLE_ROUNDS = 10;
/** The read model trails by no more than this, as it does beside a busy worker. */
const PROJECT_EVERY_ROUNDS = 20;
const METADATA: EventMetadata = {
  actor: { kind: 'system', id: 'bench' },
  correlationId: 'bench',
  causationPosition: null,
};

interface Rig {
  readonly dataSource: DataSource;
  /** As api and worker read: from kept states. */
  readonly kept: PostgresLog;
  /** The same without any. */
  readonly whole: PostgresLog;
  projected: number;
}

/**
 * What a host's past costs a command on it and a read of it: 100,000 past events against 100, in turns on
 * one connection. Beside it, what both would cost if every history were read whole.
 */
export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  if (args.length > 0) throw new Error('stream-length takes no arguments');
  const server = await startBenchServer();
  try {
    const { workerUrl: url } = await server.database('stream_length');
    const pool = openPool({ url, applicationName: 'bench', connectionsMax: 1 });
    const dataSource = await openReadModels({ url, applicationName: 'bench-read-models' });
    const kept = new PostgresLog({ pool, newEventId: v7, keptStates: KEPT_STATES });
    const rig = {
      dataSource,
      kept,
      whole: new PostgresLog({ pool, newEventId: v7 }),
      projected: 0,
    };
    for (const length of LENGTHS) await live(kept, hostOf(length), length);
    await project(rig);
    const figures = await measure(rig);
    await dataSource.destroy();
    await pool.end();
    return figures;
  } finally {
    await server.stop();
  }
}

const hostOf = (length: number): HostId => `host_${length}`;

/** A host that is cordoned and uncordoned over and over. */
async function live(log: PostgresLog, hostId: HostId, length: number): Promise<void> {
  const events = Array.from({ length }, (_, nr): DomainEvent => {
    if (nr === 0) return event<HostRegistered>('HostRegistered', 1, { ...hostSpec(1), hostId }, 2);
    return nr % 2 === 1
      ? event<HostCordoned>('HostCordoned', nr, { reason: 'service' })
      : event<HostUncordoned>('HostUncordoned', nr, { reason: 'served' });
  });
  for (let from = 0; from < length; from += APPEND_LIMITS.events) {
    const chunk = events.slice(from, from + APPEND_LIMITS.events);
    const stream = { owner: null, stream: hostId, expectedVersion: from, events: chunk };
    await log.append({ streams: [stream], metadata: METADATA });
  }
}

/** What the worker does beside: it follows the log. */
async function project(rig: Rig): Promise<void> {
  const generations = await readGenerations(rig.dataSource, 'hosts');
  const hosts = PROJECTIONS.find(({ name }) => name === 'hosts');
  for (;;) {
    const options = { afterPosition: rig.projected, limit: READ_LIMIT_MAX };
    const batch = await rig.whole.readAll(options);
    await rig.dataSource.transaction(async (transaction) =>
      hosts?.project(batch, transaction, generations[0]?.generation ?? 0),
    );
    rig.projected = batch.at(-1)?.position ?? rig.projected;
    if (batch.length < READ_LIMIT_MAX) return;
  }
}

async function measure(rig: Rig): Promise<Record<string, unknown>> {
  const ratios: Record<string, number> = {};
  const spread: Record<string, Spread | null> = {};
  const medianMs: Record<string, readonly (number | undefined)[]> = {};
  for (const by of ['kept', 'whole'] as const) {
    for (const act of ['command', 'read'] as const) {
      const rounds = by === 'kept' ? ROUNDS : WHOLE_ROUNDS;
      const [short = [], long = []] = await timesOf(rig, rig[by], act, rounds);
      const name = `${act}.${by}`;
      spread[name] = spreadOf(long.map((ms, round) => ms / (short[round] ?? ms)));
      ratios[name] = spread[name]?.median ?? 0;
      medianMs[name] = [spreadOf(short)?.median, spreadOf(long)?.median];
      console.error(`${name}: ${ratios[name]} times as long for ${LENGTHS[1]} events`);
    }
  }
  return { lengths: LENGTHS, rounds: ROUNDS, ratios, spread, medianMs };
}

/** Milliseconds by length and round; now the short one goes first and now the long one. */
async function timesOf(rig: Rig, log: PostgresLog, act: 'command' | 'read', rounds: number) {
  const times = LENGTHS.map((): number[] => []);
  for (let round = -1; round < rounds; round += 1) {
    if (round % PROJECT_EVERY_ROUNDS === 0) await project(rig);
    for (const index of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const hostId = hostOf(LENGTHS[index] ?? 0);
      const startedAtMs = performance.now();
      if (act === 'read') await log.readState(null, hostId, hostDecider);
      else await toggle(log, hostId);
      // The first round is for plans and caches.
      if (round >= 0) times[index]?.push(rounded(performance.now() - startedAtMs));
    }
  }
  return times;
}

/** Cordons what is not cordoned, and the other way round, so that every command records an event. */
function toggle(log: PostgresLog, hostId: HostId) {
  return executeCommand({
    log,
    owner: null,
    stream: hostId,
    decider: hostDecider,
    metadata: METADATA,
    command: ({ cordoned }) => ({
      kind: cordoned ? ('uncordon' as const) : ('cordon' as const),
      reason: 'bench',
      nowMs: 1,
    }),
  });
}
