import { type DomainEvent, upcasters } from '@bulkhead/domain';
import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { InMemoryLog } from '../in-memory/in-memory-log.js';
import { openPool } from '../pool.js';
import { UnknownStoredEvent, type WholeLog } from './event-log.js';
import { KNOWN_EVENTS, KnownEvents } from './known-events.js';
import { PostgresLog } from './postgres-log.js';
import { METADATA, noted, TENANT_A } from './samples.contract.js';

/** A service in which one type has changed twice, made up for these tests: no released one has. */
const LATER = new KnownEvents(
  { ...KNOWN_EVENTS, WorkloadCancelRequested: 3 },
  {
    ...upcasters,
    WorkloadCancelRequested: {
      1: ({ reason }: { reason: string }) => ({ because: reason }),
      2: ({ because }: { because: string }) => ({ because: { text: because, language: 'en' } }),
    },
  },
);

let database: FreshDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await freshDatabase();
  pool = openPool({ url: database.workerUrl, applicationName: 'other-versions' });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const version = (schemaVersion: number, payload: object, type = 'WorkloadCancelRequested') =>
  ({ type, schemaVersion, occurredAtMs: 1_700_000_000_000, payload }) as unknown as DomainEvent;

const inPostgres = (known?: KnownEvents) =>
  new PostgresLog({ pool, newEventId: uuid, ...(known && { knownEvents: known }) });
const inMemory = (known?: KnownEvents) =>
  new InMemoryLog({ clock: () => 1, newEventId: uuid, ...(known && { knownEvents: known }) });

describe.each([
  ['the log in Postgres', inPostgres],
  ['the log in memory', inMemory],
])('%s', (_, open) => {
  let after = 0;
  async function history(log: WholeLog, ...events: DomainEvent[]) {
    after = await log.head();
    const stream = `wl_${uuid()}` as const;
    const streams = [{ owner: TENANT_A, stream, expectedVersion: 0, events }];
    await log.append({ streams, metadata: METADATA });
    return stream;
  }

  it('reads events of every released version as the newest version has them', async () => {
    const log = open(LATER);
    const newest = { because: { text: 'late', language: 'de' } };
    const stream = await history(
      log,
      version(1, { reason: 'old' }),
      version(2, { because: 'newer' }),
      version(3, newest),
    );
    const expected = [
      version(3, { because: { text: 'old', language: 'en' } }),
      version(3, { because: { text: 'newer', language: 'en' } }),
      version(3, newest),
    ];
    const byStream = await log.readStream(TENANT_A, stream);
    const byPosition = await log.readAll({ afterPosition: after, limit: 10 });
    expect(byStream.map(({ event }) => event)).toEqual(expected);
    expect(byPosition.map(({ event }) => event)).toEqual(expected);
  });

  it('hands on no event of a newer version, and says where it stands', async () => {
    const log = open();
    const stream = await history(log, noted('known'), version(2, { because: 'newer' }));
    const unknown = { name: 'UnknownStoredEvent', position: after + 2 };
    await expect(log.readStream(TENANT_A, stream)).rejects.toMatchObject(unknown);
    await expect(log.readAll({ afterPosition: after, limit: 9 })).rejects.toMatchObject(unknown);
    expect(await log.readAll({ afterPosition: after, limit: 1 })).toHaveLength(1);
    const streamed: number[] = [];
    const streaming = (async () => {
      for await (const { throughPosition } of log.streamAll({ afterPosition: after })) {
        streamed.push(throughPosition);
      }
    })();
    await expect(streaming).rejects.toMatchObject(unknown);
    expect(streamed).toEqual([after + 1]);
  });

  it('lets no reader of other types pass over a type that it has never heard of', async () => {
    const log = open();
    await history(log, noted('known'), version(1, {}, 'WorkloadTeleported'));
    const reading = log.readAll({ afterPosition: after, limit: 9, types: ['HostBooted'] });
    await expect(reading).rejects.toThrow(UnknownStoredEvent);
    await expect(reading).rejects.toThrow('WorkloadTeleported version 1');
  });
});

describe('what is stored', () => {
  it('stays as it was written, however it is read', async () => {
    const log = inPostgres(LATER);
    const stream = `wl_${uuid()}` as const;
    const events = [version(1, { reason: 'old' })];
    const streams = [{ owner: TENANT_A, stream, expectedVersion: 0, events }];
    await log.append({ streams, metadata: METADATA });
    await log.readStream(TENANT_A, stream);
    const { rows } = await pool.query(
      'SELECT schema_version, payload::text FROM log.events WHERE stream = $1',
      [stream],
    );
    expect(rows).toEqual([{ schema_version: 1, payload: '{"reason":"old"}' }]);
  });
});

describe('what a version of the service can read', () => {
  it('has no older version that nothing reads', () => {
    const twice = { ...KNOWN_EVENTS, WorkloadCancelRequested: 3 };
    expect(() => new KnownEvents(twice, upcasters)).toThrow('WorkloadCancelRequested version 1');
    const half = { ...upcasters, WorkloadCancelRequested: { 1: () => ({}) } };
    expect(() => new KnownEvents(twice, half)).toThrow('WorkloadCancelRequested version 2');
  });

  it('costs an event of the newest version nothing but a look: it stays the same object', () => {
    const event = version(3, { because: { text: 'x', language: 'en' } });
    expect(LATER.read(1, event)).toBe(event);
  });
});
