import type { ComputeSystemId, TenantId, WorkloadId } from '@bulkhead/domain';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { openPool } from '../pool.js';
import { capture, chunk, describeOutputStore, OUTPUT_TENANT } from './output-store.contract.js';
import type { OutputStream } from './output-store.js';
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
