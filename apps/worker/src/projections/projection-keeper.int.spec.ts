import { randomUUID } from 'node:crypto';
import {
  type DomainEvent,
  type EventMetadata,
  projectionDecider,
  projectionStream,
  type RecordedEvent,
  type StreamId,
} from '@bulkhead/domain';
import {
  consumerOf,
  executeCommand,
  Leases,
  listHosts,
  PROJECTIONS,
  type Projection,
  rebuildWhereNeeded,
  type StreamAppend,
} from '@bulkhead/event-store';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hostSpec } from '../../../../test/domain/builders.js';
import { everyEvent } from '../../../../test/domain/every-event.js';
import { play, randomHistories } from '../../../../test/domain/random-history.js';
import { World } from '../../../../test/domain/world.js';
import { KeepersUnderTest } from './keepers-under-test.contract.js';

const METADATA: EventMetadata = {
  actor: { kind: 'operator', id: 'test' },
  correlationId: 'test',
  causationPosition: null,
};
/** Streams of one append. */
const STREAMS_MAX = 60;
/** What one page of the list can show. */
const HOSTS_MAX = 200;
const soon = { timeout: 20_000, interval: 20 };
let keepers: KeepersUnderTest;

beforeEach(async () => {
  keepers = await KeepersUnderTest.open();
});
afterEach(() => keepers.close());

/** Appends a recorded history in pieces of whole appends; `between` runs after each. */
async function appendAll(
  history: readonly RecordedEvent[],
  piece: () => number,
  between: () => Promise<void>,
): Promise<void> {
  const versions = new Map<StreamId, number>();
  for (let from = 0; from < history.length; ) {
    const events = history.slice(from, from + Math.min(piece(), STREAMS_MAX));
    from += events.length;
    const streams = new Map<StreamId, StreamAppend & { events: DomainEvent[] }>();
    for (const { stream, tenant, event } of events) {
      const expectedVersion = versions.get(stream) ?? 0;
      const one = streams.get(stream) ?? { owner: tenant, stream, expectedVersion, events: [] };
      streams.set(stream, one);
      one.events.push(event);
    }
    for (const one of streams.values()) {
      versions.set(one.stream, one.expectedVersion + one.events.length);
    }
    await keepers.log.append({ streams: [...streams.values()], metadata: METADATA });
    await between();
  }
}

/** Every stream of a projection as the log has it now. */
function historiesOf({ prefix }: Projection, log: readonly RecordedEvent[]) {
  const streams = new Map<StreamId, DomainEvent[]>();
  for (const { stream, event } of log) {
    if (!stream.startsWith(prefix)) continue;
    streams.set(stream, [...(streams.get(stream) ?? []), event]);
  }
  return streams;
}

async function wholeLog(): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for (;;) {
    const page = await keepers.log.readAll({ afterPosition: events.length, limit: 5_000 });
    events.push(...page);
    if (page.length < 5_000) return events;
  }
}

async function caughtUp(request = 0): Promise<void> {
  const head = await keepers.log.head();
  for (const { name } of PROJECTIONS) {
    const behind = async () => {
      const generations = await keepers.generations(name);
      const live = generations.find(({ state }) => state === 'live');
      const isDone = live?.request === request && generations.length === 1;
      return isDone ? Math.max(0, head - live.position) : 'not swapped and swept';
    };
    await expect.poll(behind, { ...soon, message: name }).toBe(0);
  }
}

function requestRebuild(projection: string) {
  return executeCommand({
    log: keepers.log,
    owner: null,
    stream: projectionStream(projection),
    decider: projectionDecider,
    metadata: METADATA,
    command: {
      kind: 'request-rebuild',
      projection,
      reason: 'test',
      answered: 0,
      isBuilding: false,
      nowMs: 1,
    },
  });
}

/** What random histories do without. */
const ALSO = /^(bat|cred|img|sch)_/;

/** A random history of hosts, tenants and workloads, with batches, schedules and credentials beside it. */
function historyOf(seed: number): readonly RecordedEvent[] {
  const [acts = []] = fc.sample(randomHistories(100, 200), { seed, numRuns: 1, unbiased: true });
  return [...play(acts).log.events, ...everyEvent().filter(({ stream }) => ALSO.test(stream))];
}

describe('read models made in random batches, through stops and cut connections', () => {
  it.each([1, 2])(
    'are the fold of every stream, and the same when they are rebuilt (history %i)',
    async (seed) => {
      const random = fc.sample(fc.nat(1_000), { seed, numRuns: 2_000 }).values();
      const upTo = (max: number) => 1 + ((random.next().value ?? 0) % max);
      let stop = keepers.start(upTo(40));
      await appendAll(
        historyOf(seed),
        () => upTo(60),
        async () => {
          const chance = upTo(10);
          if (chance === 1) await keepers.cutConnections();
          if (chance > 2) return;
          await stop();
          stop = keepers.start(upTo(40));
        },
      );
      await caughtUp();
      const live = new Map<string, readonly string[]>();
      for (const { name } of PROJECTIONS) live.set(name, await keepers.rows(name));
      const log = await wholeLog();
      for (const projection of PROJECTIONS) {
        const expected = [...historiesOf(projection, log)].map(([, history]) =>
          projection.rowOf(history),
        );
        const found = (live.get(projection.name) ?? []).map((row) => JSON.parse(row));
        const stated = (rows: readonly Readonly<Record<string, unknown>>[]) =>
          rows.map(({ version, state }) => JSON.stringify([version, sorted(state)])).sort();
        expect(stated(found), projection.name).toEqual(stated(expected));
        expect(found.length, projection.name).toBeGreaterThan(0);
      }
      for (const { name } of PROJECTIONS) await requestRebuild(name);
      await caughtUp(1);
      for (const { name } of PROJECTIONS) {
        expect(await keepers.rows(name), name).toEqual(live.get(name));
      }
    },
    60_000,
  );
});

/** Postgres keeps fields in an order of its own. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(fields.map(([name, field]) => [name, sorted(field)]));
}

describe('a rebuild in a running installation', () => {
  const hosts = PROJECTIONS.filter(({ name }) => name === 'hosts');
  const names = async () =>
    (await listHosts(keepers.dataSource, {}, { limit: 200 })).map(({ name }) => name);

  async function registerHosts(from: number, to: number): Promise<void> {
    const world = new World();
    for (let nr = from; nr <= to; nr += 1) world.registerHost(hostSpec(nr));
    const events = world.log.events.filter(({ stream }) => stream.startsWith('host_'));
    await appendAll(
      events,
      () => STREAMS_MAX,
      async () => {},
    );
  }

  it('never shows a list that lacks what it has shown before', async () => {
    await registerHosts(1, 50);
    keepers.start(20, hosts);
    keepers.start(20, hosts);
    await expect.poll(names, soon).toHaveLength(50);
    await requestRebuild('hosts');
    let registered = 50;
    const shown = [50];
    const isDone = async () => {
      if (registered < HOSTS_MAX) {
        registered += 1;
        await registerHosts(registered, registered);
      }
      shown.push((await names()).length);
      const [live, ...others] = await keepers.generations('hosts');
      return live?.request === 1 && others.length === 0;
    };
    await expect.poll(isDone, soon).toBe(true);
    expect(shown).toEqual([...shown].sort((a, b) => a - b));
    await expect.poll(names, soon).toHaveLength(registered);
  });

  it('begins by itself where a newer version starts, and an older one beside it does not fight', async () => {
    await registerHosts(1, 20);
    const newer = hosts.map((projection) => ({ ...projection, version: projection.version + 1 }));
    keepers.start(100, hosts);
    await expect.poll(names, soon).toHaveLength(20);
    const stopNewer = keepers.start(5, newer);
    const shown = new Set<number>();
    const isSwapped = async () => {
      shown.add((await names()).length);
      return (await keepers.generations('hosts')).map(({ version }) => version);
    };
    await expect.poll(isSwapped, soon).toEqual(newer.map(({ version }) => version));
    expect([...shown]).toEqual([20]);
    const [made] = await keepers.generations('hosts');
    await registerHosts(21, 30);
    await expect.poll(names, soon).toHaveLength(30);
    await stopNewer();
    await requestRebuild('hosts');
    await registerHosts(31, 40);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(await keepers.generations('hosts')).toMatchObject([{ generation: made?.generation }]);
    keepers.start(100, newer);
    await expect.poll(names, soon).toHaveLength(40);
  });

  it('is taken over where the process that made it died without a word', async () => {
    await registerHosts(1, 20);
    await requestRebuild('hosts');
    for (const projection of hosts) await rebuildWhereNeeded(keepers.dataSource, projection, 1);
    const dead = new Leases({ pool: keepers.pool, owner: randomUUID() });
    const owned = await dead.acquireMany(
      (await keepers.generations('hosts')).map((one) => `consumer:${consumerOf(one)}`),
    );
    expect(owned).toHaveLength(2);
    keepers.start(10, hosts);
    const shown = async () => {
      const [live, ...others] = await keepers.generations('hosts');
      return [live?.request, others.length, (await names()).length];
    };
    await expect.poll(shown, soon).toEqual([1, 0, 20]);
  });

  it('makes the rows of a projection that has none', async () => {
    await registerHosts(1, 3);
    await keepers.pool.query('DELETE FROM read.generations');
    keepers.start(100, hosts);
    await expect.poll(names, soon).toHaveLength(3);
  });
});
