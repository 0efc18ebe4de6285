import {
  type DomainEvent,
  event,
  type HostCordoned,
  type HostRegistered,
  type HostUncordoned,
  hostDecider,
  type StreamId,
  type TenantId,
  type TenantRegistered,
  tenantDecider,
  upcasters,
} from '@bulkhead/domain';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hostSpec } from '../../../../test/domain/builders.js';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { openPool } from '../pool.js';
import { readGenerations } from '../projections/generations.js';
import { KEPT_STATES, openReadModels, PROJECTIONS } from '../projections/open-read-models.js';
import { APPEND_LIMITS, type Owner, READ_LIMIT_MAX, UnknownStoredEvent } from './event-log.js';
import { executeCommand } from './execute-command.js';
import { KNOWN_EVENTS, KnownEvents } from './known-events.js';
import { PostgresLog } from './postgres-log.js';
import { append, METADATA } from './samples.contract.js';

let database: FreshDatabase;
let pool: pg.Pool;
let dataSource: DataSource;
/** What the log under test has read since the test began. */
let read: { queries: number; rows: number };
let log: PostgresLog;

beforeAll(async () => {
  database = await freshDatabase();
  pool = openPool({ url: database.workerUrl, applicationName: 'read-state-int' });
  dataSource = await openReadModels({ url: database.workerUrl, applicationName: 'read-state-int' });
});
beforeEach(async () => {
  await emptyDatabase(database.databaseUrl);
  read = { queries: 0, rows: 0 };
  log = new PostgresLog({ pool: counting(pool), newEventId: uuid, keptStates: KEPT_STATES });
});
afterAll(async () => {
  await dataSource.destroy();
  await pool.end();
  await database.drop();
});

/** Counts reads; appends take a connection of their own, and what wakes followers is no read. */
function counting(inner: pg.Pool): pg.Pool {
  const query = async (config: pg.QueryConfig) => {
    const result = await inner.query(config);
    if (!config.name?.startsWith('log-read-')) return result;
    read.queries += 1;
    read.rows += result.rows.length;
    return result;
  };
  return { query, connect: () => inner.connect() } as unknown as pg.Pool;
}

const HOST = 'host_1';
const TENANT: TenantId = 'ten_1';

async function record(owner: Owner, stream: StreamId, events: readonly DomainEvent[], after = 0) {
  for (let from = 0; from < events.length; from += APPEND_LIMITS.events) {
    const chunk = events.slice(from, from + APPEND_LIMITS.events);
    await log.append(append({ owner, stream, expectedVersion: after + from, events: chunk }));
  }
}

/** A host that was cordoned and uncordoned over and over: `count` events in all. */
function longLife(count: number): DomainEvent[] {
  return Array.from({ length: count }, (_, nr): DomainEvent => {
    if (nr === 0)
      return event<HostRegistered>('HostRegistered', 1, { ...hostSpec(1), hostId: HOST }, 2);
    return nr % 2 === 1
      ? event<HostCordoned>('HostCordoned', nr, { reason: 'service' })
      : event<HostUncordoned>('HostUncordoned', nr, { reason: 'served' });
  });
}

/** Does what the worker's projections do, up to a position. */
async function project(through = Number.POSITIVE_INFINITY): Promise<void> {
  const generations = await readGenerations(dataSource);
  for (let position = 0; ; ) {
    const page = await log.readAll({ afterPosition: position, limit: READ_LIMIT_MAX });
    const batch = page.filter((recorded) => recorded.position <= through);
    position = page.at(-1)?.position ?? 0;
    for (const { projection: name, generation } of generations) {
      const projection = PROJECTIONS.find((one) => one.name === name);
      await dataSource.transaction(async (transaction) =>
        projection?.project(batch, transaction, generation),
      );
    }
    if (page.length < READ_LIMIT_MAX) break;
  }
  read = { queries: 0, rows: 0 };
}

const cordon = () =>
  executeCommand({
    log,
    owner: null,
    stream: HOST,
    decider: hostDecider,
    metadata: METADATA,
    command: { kind: 'cordon', reason: 'again', nowMs: 5 },
  });

describe('a host with 100,000 past events', () => {
  it('costs a command and a read no more than one with 100', async () => {
    const costs: { queries: number; rows: number }[] = [];
    for (const count of [100, 100_000]) {
      await emptyDatabase(database.databaseUrl);
      await record(null, HOST, longLife(count - 1));
      await project();
      const executed = await cordon();
      expect(executed).toMatchObject({ accepted: true, version: count, appended: {} });
      expect(await log.readState(null, HOST, hostDecider)).toMatchObject({
        version: count,
        state: { cordoned: true },
      });
      costs.push({ ...read });
    }
    // The kept state for each, and the event that the command appended.
    expect(costs).toEqual([
      { queries: 2, rows: 3 },
      { queries: 2, rows: 3 },
    ]);
  }, 120_000);
});

describe('the state of a stream', () => {
  it('is the same with a kept state of any age, and without one', async () => {
    const events = longLife(9);
    await record(null, HOST, events);
    const expected = await new PostgresLog({ pool, newEventId: uuid }).readState(
      null,
      HOST,
      hostDecider,
    );
    expect(expected.version).toBe(9);
    for (const through of [0, 1, 5, 9]) {
      await project(through);
      expect(await log.readState(null, HOST, hostDecider), `kept ${through}`).toEqual(expected);
      expect(read).toEqual({ queries: 1, rows: 9 - through + (through > 0 ? 1 : 0) });
    }
    await pool.query('TRUNCATE read.hosts');
    expect(await log.readState(null, HOST, hostDecider)).toEqual(expected);
    await pool.query('DELETE FROM read.generations');
    expect(await log.readState(null, HOST, hostDecider)).toEqual(expected);
    await restoreGenerations();
  });

  it('is never taken from rows of another version of the code, nor from retired ones', async () => {
    await record(null, HOST, longLife(3));
    await project();
    await pool.query(`UPDATE read.hosts SET state = '{"from": "a kept state"}'`);
    const state = async () => (await log.readState(null, HOST, hostDecider)).state;
    const kept = { from: 'a kept state' };
    expect(await state()).toEqual(kept);
    await pool.query(`UPDATE read.generations SET version = version + 1`);
    expect(await state()).toMatchObject({ condition: 'registered' });
    await pool.query(`UPDATE read.generations SET version = version - 1, state = 'building'`);
    expect(await state()).toEqual(kept);
    await pool.query(`UPDATE read.generations SET state = 'retired'`);
    expect(await state()).toMatchObject({ condition: 'registered' });
    await restoreGenerations();
  });

  it('is never taken by an older process from what a newer one has made of an event unknown to it', async () => {
    await record(null, HOST, longLife(3));
    await project();
    const { HostUncordoned: _, ...types } = KNOWN_EVENTS;
    const older = new PostgresLog({
      pool,
      newEventId: uuid,
      keptStates: KEPT_STATES.map((kept) => ({ ...kept, version: kept.version - 1 })),
      knownEvents: new KnownEvents(types, upcasters),
    });
    await expect(older.readState(null, HOST, hostDecider)).rejects.toThrow(UnknownStoredEvent);
  });

  it('is never taken from a row for which the log does not vouch', async () => {
    await record(null, HOST, longLife(3));
    await project();
    await pool.query(`UPDATE read.hosts SET version = 4, state = '{"from": "the future"}'`);
    expect(await log.readState(null, HOST, hostDecider)).toMatchObject({
      version: 3,
      state: { condition: 'registered' },
    });
  });

  it('is never taken from an event, whatever the event says it is', async () => {
    await record(null, HOST, longLife(3));
    const forged = { ...event<HostCordoned>('HostCordoned', 4, { reason: 'forged' }), type: '' };
    await record(null, HOST, [forged as unknown as DomainEvent], 3);
    const reading = log.readState(null, HOST, hostDecider);
    await expect(reading).rejects.toThrow(UnknownStoredEvent);
  });

  it("is that of no stream where the stream is someone else's, kept or not", async () => {
    const registered = event<TenantRegistered>('TenantRegistered', 1, {
      tenantId: TENANT,
      name: 'A',
      trust: 'trusted',
      trustBoundary: `own:${TENANT}`,
    });
    await record(TENANT, TENANT, [registered]);
    await project();
    const nothing = { state: tenantDecider.initialState, version: 0 };
    expect(await log.readState('ten_2', TENANT, tenantDecider)).toEqual(nothing);
    expect(await log.readState(null, TENANT, tenantDecider)).toEqual(nothing);
    expect(await log.readState(TENANT, TENANT, tenantDecider)).toMatchObject({ version: 1 });
  });
});

async function restoreGenerations(): Promise<void> {
  await pool.query('DELETE FROM read.generations');
  await pool.query(
    `INSERT INTO read.generations
       (projection, version, request, state, target_position, begun_at, live_since)
     SELECT unnest($1::text[]), unnest($2::integer[]), 0, 'live', 0, now(), now()`,
    [PROJECTIONS.map(({ name }) => name), PROJECTIONS.map(({ version }) => version)],
  );
}
