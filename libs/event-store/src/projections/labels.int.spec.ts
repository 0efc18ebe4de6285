import type { TenantId } from '@bulkhead/domain';
import pg from 'pg';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { withinScope } from '../row-scope.js';
import { liveGenerationOf } from './generations.js';
import { openReadModels } from './open-read-models.js';
import { listWorkloads } from './workloads.js';

const A: TenantId = 'ten_1';
const WORKLOADS = 20_000;
const RARE = { name: 'team', value: 'billing' };
const COMMON = { name: 'stage', value: 'live' };
/** One workload in so many has the rare label. */
const RARITY = 4_000;
const PAGE = 10;

let database: FreshDatabase;
let admin: pg.Client;
let lists: DataSource;

beforeAll(async () => {
  database = await freshDatabase();
  admin = new pg.Client({ connectionString: database.databaseUrl });
  await admin.connect();
  lists = await openReadModels({ url: database.apiUrl, applicationName: 'labels-int' });
  // A tenth of them are of the tenant that asks; tasks of a batch keep content of the same form.
  await admin.query(`
    INSERT INTO read.workloads
      (generation, workload_id, tenant_id, status, submitted_at, version, state)
    SELECT 1, 'wl_' || lpad(nr::text, 8, '0'), 'ten_' || nr % 10, 'waiting', now(), 1, '{}'
      FROM generate_series(1, ${WORKLOADS}) nr;
    INSERT INTO log.contents (tenant, stream, part, salt_hex, body)
    SELECT 'ten_' || nr % 10, 'wl_' || lpad(nr::text, 8, '0'), 0, '00', CASE WHEN nr % ${RARITY} = 1
             THEN '{"labels": {"stage": "live", "team": "billing"}}'
             ELSE '{"labels": {"stage": "live"}}' END::json
      FROM generate_series(1, ${WORKLOADS}) nr;
    INSERT INTO log.contents (tenant, stream, part, salt_hex, body) VALUES
      ('ten_1', 'bat_1', 1, '00', '{"labels": {"team": "billing"}}'),
      ('ten_1', 'wl_no_labels', 0, '00', '{"args": ["team=billing"]}'),
      ('ten_1', 'wl_no_object', 0, '00', '"labels"');
    ANALYZE read.workloads, log.workload_labels`);
});
afterAll(async () => {
  await Promise.all([admin.end(), lists.destroy()]);
  await database.drop();
});

/** How the api's role, whose rows are filtered by row security, reads a page by label. */
async function planFor({ name, value }: { name: string; value: string }): Promise<string> {
  const rows: { 'QUERY PLAN': string }[] = await lists.query(`
    EXPLAIN SELECT w.* FROM read.workloads w
     WHERE ${withinScope(`'${A}'`)} AND w.generation = ${liveGenerationOf('workloads')}
       AND w.tenant_id = '${A}'
       AND EXISTS (SELECT FROM log.workload_labels l0
                    WHERE l0.tenant = '${A}' AND l0.name = '${name}' AND l0.value = '${value}'
                      AND l0.workload = w.workload_id)
     ORDER BY w.workload_id DESC LIMIT ${PAGE}`);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

describe('labels of workloads', () => {
  it('lead to those of the tenant, newest first, page after page', async () => {
    const first = await listWorkloads(lists, A, { labels: [RARE] }, { limit: 2 });
    const ids = first.map(({ workloadId }) => workloadId);
    expect(ids).toEqual(['wl_00016001', 'wl_00012001']);
    const page = { limit: 10, beforeId: ids[1] as string };
    const rest = await listWorkloads(lists, A, { labels: [RARE, COMMON] }, page);
    expect(rest.map(({ workloadId }) => workloadId)).toEqual([
      'wl_00008001',
      'wl_00004001',
      'wl_00000001',
    ]);
    const nobody = await listWorkloads(lists, 'ten_2', { labels: [RARE] }, { limit: 10 });
    expect(nobody).toEqual([]);
  });

  it('are kept of workloads only: tasks of a batch have theirs once they are workloads', async () => {
    const { rows } = await admin.query(
      `SELECT count(*)::int AS n FROM log.workload_labels WHERE name = 'team'`,
    );
    expect(rows).toEqual([{ n: WORKLOADS / RARITY }]);
  });

  it.each([RARE, COMMON])(
    'are found by the index, whether $value is rare or common',
    async (label) => {
      const plan = await planFor(label);
      expect(plan).toContain('workload_labels_pkey');
      expect(plan).not.toContain('Seq Scan on workload');
    },
  );
});
