import type { RecordedEvent, StreamId } from '@bulkhead/domain';
import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { openPool } from '../pool.js';
import { appendGroup } from './append.js';
import { encodeAppend } from './encode-append.js';
import { AppendOutcomeUnknown, UnknownStoredEvent, VersionConflict } from './event-log.js';
import { PostgresLog } from './postgres-log.js';
import { append, reasonsIn, TENANT_A, write } from './samples.contract.js';

let database: FreshDatabase;
let admin: pg.Pool;
const pools: pg.Pool[] = [];

function openLog(): PostgresLog {
  const pool = openPool({ url: database.workerUrl, applicationName: 'log-int', connectionsMax: 4 });
  pools.push(pool);
  return new PostgresLog({ pool, newEventId: uuid });
}

beforeAll(async () => {
  database = await freshDatabase();
  admin = openPool({ url: database.databaseUrl, applicationName: 'log-int-admin' });
});

beforeEach(() => emptyDatabase(database.databaseUrl));

afterAll(async () => {
  await Promise.all([...pools, admin].map((pool) => pool.end()));
  await database.drop();
});

describe('several processes on one log', () => {
  it('never lets a reader miss a position, whoever writes', async () => {
    const writers = Array.from({ length: 4 }, openLog);
    const reader = openLog();
    const perWriter = 60;
    const seen: RecordedEvent[] = [];
    const writing = Promise.all(
      writers.map(async (log, writer) => {
        for (let nr = 0; nr < perWriter; nr += 1) {
          await Promise.all([
            log.append(append(write(`wl_${writer}x${nr}`, 0, ['a', 'b']))),
            log.append(append(write(`wl_${writer}y${nr}`, 0))),
            // Every writer wants this one; at most one gets each version.
            log.append(append(write('wl_shared', nr))).catch((error: unknown) => {
              expect(error).toBeInstanceOf(VersionConflict);
            }),
          ]);
        }
      }),
    ).then(() => 'written' as const);
    let done = false;
    void writing.then(() => {
      done = true;
    });
    for (let isLast = false; ; ) {
      const batch = await reader.readAll({ afterPosition: seen.length, limit: 50 });
      // Whatever was read is exactly what follows: a gap here could never be closed later.
      expect(batch.map(({ position }) => position)).toEqual(
        batch.map((_, index) => seen.length + index + 1),
      );
      seen.push(...batch);
      if (isLast && batch.length === 0) break;
      isLast = done;
    }
    await writing;
    const shared = await reasonsIn(reader, 'wl_shared');
    expect(seen).toHaveLength(4 * perWriter * 3 + shared.length);
    const times = seen.map(({ recordedAtMs }) => recordedAtMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it('judges members that overlap within one group one after the other', async () => {
    const [pool] = [openPool({ url: database.apiUrl, applicationName: 'group' })];
    pools.push(pool);
    const guards = [{ stream: 'wl_1' as StreamId, version: 0 }];
    const group = [
      { ...append(write('wl_0', 0)), guards },
      append(write('wl_1', 0, ['first', 'more'])),
      append(write('wl_1', 0, ['second'])),
      { ...append(write('wl_2', 0)), guards },
      append(write('wl_3', 0)),
    ];
    const outcomes = await appendGroup(pool, group.map(encodeAppend), uuid);
    expect(outcomes).toEqual([
      expect.objectContaining({ firstPosition: 1, lastPosition: 1 }),
      expect.objectContaining({ firstPosition: 2, lastPosition: 3 }),
      expect.objectContaining({ name: 'VersionConflict', stream: 'wl_1', actualVersion: 2 }),
      expect.objectContaining({ name: 'VersionConflict', stream: 'wl_1', actualVersion: 2 }),
      expect.objectContaining({ firstPosition: 4, lastPosition: 4 }),
    ]);
    expect(await openLog().head()).toBe(4);
  });
});

describe('a lost connection', () => {
  it('in mid-append says that the outcome is unknown, and the next append works', async () => {
    const log = openLog();
    await log.append(append(write('wl_0', 0)));
    const blocker = await admin.connect();
    await blocker.query('BEGIN; SELECT pg_advisory_xact_lock(1112232780)');
    const stuck = log.append(append(write('wl_1', 0)));
    const outcome = expect(stuck).rejects.toBeInstanceOf(AppendOutcomeUnknown);
    await expect
      .poll(async () => {
        const { rowCount } = await admin.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE application_name = 'log-int' AND wait_event = 'advisory'`,
        );
        return rowCount;
      })
      .toBe(1);
    await outcome;
    await blocker.query('COMMIT');
    blocker.release();
    expect(await reasonsIn(log, 'wl_1')).toEqual([]);
    await log.append(append(write('wl_1', 0)));
    expect(await log.head()).toBe(2);
  });

  it('before an append was sent says that nothing was recorded, and why', async () => {
    const pool = openPool({ url: 'postgres://x:y@127.0.0.1:1/x', applicationName: 'nowhere' });
    const log = new PostgresLog({ pool, newEventId: uuid });
    await expect(log.append(append(write('wl_1', 0)))).rejects.toMatchObject({
      name: 'LogUnavailable',
      trouble: 'unreachable',
      cause: { code: 'ECONNREFUSED' },
    });
  });
});

describe('a log that a newer process wrote', () => {
  it('is not read past the event that this process does not know', async () => {
    const log = openLog();
    await log.append(append(write('wl_1', 0)));
    await insertAsNewer('WorkloadTeleported', 1, 2);
    const unknown = expect.objectContaining({
      position: 2,
      stored: { type: 'WorkloadTeleported', schemaVersion: 1 },
    });
    await expect(log.readAll({ afterPosition: 0, limit: 10 })).rejects.toEqual(unknown);
    await expect(log.readStream(TENANT_A, 'wl_new')).rejects.toBeInstanceOf(UnknownStoredEvent);
    // Even a reader of other types must not pass it unawares.
    const types = ['PlacerTookOver'] as const;
    await expect(log.readAll({ afterPosition: 0, limit: 10, types })).rejects.toEqual(unknown);
    expect(await log.readAll({ afterPosition: 0, limit: 1 })).toHaveLength(1);
  });

  it('is not read past a newer version of a known event', async () => {
    const log = openLog();
    await insertAsNewer('WorkloadSubmitted', 9, 1);
    await expect(log.readAll({ afterPosition: 0, limit: 10 })).rejects.toBeInstanceOf(
      UnknownStoredEvent,
    );
  });

  async function insertAsNewer(type: string, schemaVersion: number, position: number) {
    await admin.query(
      `INSERT INTO log.events VALUES ($1, gen_random_uuid(), 'wl_new', 1, $2, $3, $4, now(), now(), '{}', '{}')`,
      [position, TENANT_A, type, schemaVersion],
    );
  }
});

describe('what is stored', () => {
  it('is the canonical JSON of RFC 8785, byte for byte', async () => {
    const event = { ...write('wl_1', 0).events[0], payload: { reason: 'ü', b: 1, a: [1e21, -0] } };
    const stream = { ...write('wl_1', 0), events: [event as never] };
    await openLog().append(append(stream));
    const { rows } = await admin.query('SELECT payload::text, metadata::text FROM log.events');
    expect(rows[0]).toEqual({
      payload: '{"a":[1e+21,0],"b":1,"reason":"ü"}',
      metadata:
        '{"actor":{"id":"contract","kind":"system"},"causationPosition":null,"correlationId":"correlation"}',
    });
  });

  it('keeps times to the millisecond', async () => {
    const times = [0, 1, 999, 1_700_000_000_123, 253_402_300_799_999];
    const events = times.map((occurredAtMs) => ({
      ...(write('wl_1', 0).events[0] as object),
      occurredAtMs,
    }));
    const log = openLog();
    await log.append(append({ ...write('wl_1', 0), events: events as never }));
    const read = await log.readStream(TENANT_A, 'wl_1');
    expect(read.map(({ event }) => event.occurredAtMs)).toEqual(times);
  });
});
