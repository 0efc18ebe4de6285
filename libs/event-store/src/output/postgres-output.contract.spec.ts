import type { ComputeSystemId, TenantId, WorkloadId } from '@bulkhead/domain';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { openPool } from '../pool.js';
import { capture, chunk, describeOutputStore, OUTPUT_TENANT } from './output-store.contract.js';
import type { OutputStream, StoredCapture } from './output-store.js';
import { PostgresOutput } from './postgres-output.js';
import { type OutputFilter, readOutput } from './read-output.js';

let database: FreshDatabase;
let worker: pg.Pool;
let api: pg.Pool;
let admin: pg.Pool;
let store: PostgresOutput;

beforeAll(async () => {
  database = await freshDatabase();
  const open = (url: string) => openPool({ url, applicationName: 'output', connectionsMax: 3 });
  [worker, api, admin] = [database.workerUrl, database.apiUrl, database.databaseUrl].map(open) as [
    pg.Pool,
    pg.Pool,
    pg.Pool,
  ];
  store = new PostgresOutput(worker);
});
afterAll(async () => {
  await Promise.all([worker, api, admin].map((pool) => pool.end()));
  await database.drop();
});

const chunksOf = async (id: ComputeSystemId) => {
  const { rows } = await worker.query(
    `SELECT chunk_offset AS offset, stream, body AS text,
            (extract(epoch FROM written_at) * 1000)::float8 AS "writtenAtMs"
       FROM output.chunks WHERE compute_system = $1 ORDER BY chunk_offset`,
    [id],
  );
  return rows;
};

describeOutputStore('in Postgres', () => ({ store, chunksOf }));

const read = (name: string, filter: Partial<OutputFilter> = {}, tenant = OUTPUT_TENANT) =>
  readOutput(api, tenant, `wl_${name}` as WorkloadId, { after: null, limit: 100, ...filter });

describe('what two processes store at one moment', () => {
  const notice = (offset: number) => ({ ...chunk(offset), stream: 'notice' as OutputStream });
  const missing = (name: string, at: number) =>
    capture(name, 1, [notice(at)], { nextOffset: at, isCut: true, hasEnded: true });

  const untilOneWaits = () =>
    vi.waitFor(async () => {
      const { rows } = await admin.query(
        `SELECT count(*)::int AS waiting FROM pg_stat_activity
          WHERE datname = current_database() AND wait_event_type = 'Lock'`,
      );
      expect(rows).toEqual([{ waiting: 1 }]);
    }, 10_000);

  /** The first has its row in hand when the second comes, and commits when that one waits for it. */
  async function race(first: StoredCapture, second: StoredCapture, end = 'COMMIT') {
    const alone = openPool({
      url: database.workerUrl,
      applicationName: 'first',
      connectionsMax: 1,
    });
    try {
      await alone.query('BEGIN');
      const earlier = await new PostgresOutput(alone).store(first);
      const later = store.store(second);
      await untilOneWaits();
      await alone.query(end);
      return [earlier, await later];
    } finally {
      await alone.end();
    }
  }
  const offsetsOf = async (name: string) =>
    (await read(name)).map(({ offset, stream }) => `${offset} ${stream}`);

  it('has one of both at an offset: the end that one captured, or the notice of the other', async () => {
    for (const name of ['ends', 'misses']) await store.store(capture(name, 1, [chunk(0)]));
    const end = (name: string) => capture(name, 1, [chunk(1), chunk(2)], { hasEnded: true });
    expect(await race(end('ends'), missing('ends', 1))).toEqual([true, false]);
    expect(await offsetsOf('ends')).toEqual(['0 stdout', '1 stdout', '2 stdout']);
    expect(await race(missing('misses', 1), end('misses'))).toEqual([true, false]);
    expect(await offsetsOf('misses')).toEqual(['0 stdout', '1 notice']);
    expect(await store.captures('wl_misses' as WorkloadId)).toMatchObject([
      { nextOffset: 1, isCut: true, hasEnded: true },
    ]);
  });

  it('has a notice behind all that was stored, where its author did not know of that', async () => {
    await store.store(capture('unknown', 1, [chunk(0)]));
    const more = capture('unknown', 1, [chunk(1), chunk(2)]);
    expect(await race(more, missing('unknown', 1))).toEqual([true, false]);
    expect(await store.store(missing('unknown', 3))).toBe(true);
    expect(await offsetsOf('unknown')).toEqual(['0 stdout', '1 stdout', '2 stdout', '3 notice']);
  });

  it('begins with the one that came first', async () => {
    const begun = capture('begun', 1, [chunk(0), chunk(1)]);
    expect(await race(begun, missing('begun', 0))).toEqual([true, false]);
    expect(await offsetsOf('begun')).toEqual(['0 stdout', '1 stdout']);
    const same = capture('same', 1, [chunk(0)], { hasEnded: true });
    expect(await race(same, same)).toEqual([true, false]);
    expect(await offsetsOf('same')).toEqual(['0 stdout']);
  });

  it('is that of the second where the first comes to nothing', async () => {
    await store.store(capture('undone', 1, [chunk(0)]));
    const undone = capture('undone', 1, [chunk(1)], { hasEnded: true });
    expect(await race(undone, missing('undone', 1), 'ROLLBACK')).toEqual([true, true]);
    expect(await offsetsOf('undone')).toEqual(['0 stdout', '1 notice']);
  });

  it('leaves no gap where it is erased between them', async () => {
    const insert = `INSERT INTO log.contents (tenant, stream, part, salt_hex, body)
                    VALUES ($1, 'wl_between', 0, '00', '{}')`;
    await admin.query(insert, [OUTPUT_TENANT]);
    await store.store(capture('between', 1, [chunk(0), chunk(1)]));
    const client = await admin.connect();
    await client.query(`BEGIN; DELETE FROM log.contents WHERE stream = 'wl_between'`);
    const later = store.store(capture('between', 1, [chunk(2)], { hasEnded: true }));
    await untilOneWaits();
    await client.query('COMMIT');
    client.release();
    expect(await later).toBe(false);
    expect(await offsetsOf('between')).toEqual([]);
    expect(await store.store(capture('between', 1, [chunk(0)], { hasEnded: true }))).toBe(true);
    expect(await offsetsOf('between')).toEqual(['0 stdout']);
  });
});

describe('what a tenant reads of it', () => {
  it('comes attempt after attempt, from any mark on, and by stream', async () => {
    const stderr = { ...chunk(1), stream: 'stderr' as OutputStream };
    await store.store(capture('read', 10, [chunk(0)]));
    await store.store(capture('read', 2, [chunk(0), stderr, chunk(2)]));
    const marks = async (filter: Partial<OutputFilter>) =>
      (await read('read', filter)).map(({ attempt, offset }) => `${attempt}.${offset}`);
    expect(await marks({})).toEqual(['2.0', '2.1', '2.2', '10.0']);
    expect(await marks({ limit: 2 })).toEqual(['2.0', '2.1']);
    expect(await marks({ after: { attempt: 2, offset: 1 } })).toEqual(['2.2', '10.0']);
    expect(await marks({ after: { attempt: 10, offset: 0 } })).toEqual([]);
    expect(await marks({ attempt: 2, streams: ['stdout'] })).toEqual(['2.0', '2.2']);
  });

  it('is nothing of what another tenant’s workload wrote', async () => {
    await store.store(capture('theirs', 1, [chunk(0)]));
    expect(await read('theirs')).toHaveLength(1);
    expect(await read('theirs', {}, 'ten_other' as TenantId)).toEqual([]);
  });
});

describe('what is kept no longer', () => {
  const age = (name: string, days: number) =>
    admin.query(
      `UPDATE output.captures SET ended_at = now() - make_interval(days => $2) WHERE workload = $1`,
      [`wl_${name}`, days],
    );

  it('is what ended so many days ago, and never what still runs', async () => {
    for (const name of ['old', 'older', 'young', 'running']) {
      await store.store(capture(name, 1, [chunk(0)], { hasEnded: name !== 'running' }));
    }
    await age('old', 31);
    await age('older', 40);
    await age('young', 29);
    expect(await store.sweep(30, 1)).toBe(1);
    expect(await read('older')).toEqual([]);
    expect(await store.sweep(30, 100)).toBe(1);
    expect(await store.sweep(30, 100)).toBe(0);
    expect(await chunksOf('cs_old_1' as ComputeSystemId)).toEqual([]);
    expect(await read('young')).toHaveLength(1);
    expect(await read('running')).toHaveLength(1);
  });

  it('is the output of a workload whose content is erased', async () => {
    const insert = `INSERT INTO log.contents (tenant, stream, part, salt_hex, body)
                    VALUES ($1, $2, 0, '00', '{}')`;
    for (const name of ['erased', 'kept']) {
      await admin.query(insert, [OUTPUT_TENANT, `wl_${name}`]);
      await store.store(capture(name, 1, [chunk(0)], { hasEnded: true }));
    }
    await admin.query(`DELETE FROM log.contents WHERE stream = 'wl_erased'`);
    expect(await read('erased')).toEqual([]);
    expect(await store.captures('wl_erased' as WorkloadId)).toEqual([]);
    expect(await read('kept')).toHaveLength(1);
  });
});
