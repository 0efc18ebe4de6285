import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { STATUS } from './stored-tree.js';
import { TreeWorld } from './tree-world.contract.js';

let world: TreeWorld;
beforeAll(async () => {
  world = await TreeWorld.open();
});
beforeEach(() => world.reset());
afterAll(() => world.close());

/** One head a minute, the newest signed that many seconds ago. */
async function sign(heads: number, newestAgeSeconds: number): Promise<void> {
  await world.admin.query(
    `INSERT INTO tree.heads (size, key_id, root_hash, signed_at, signed_note)
     SELECT nr, 'aabbccdd', decode(repeat('00', 32), 'hex'),
            now() - make_interval(secs => $2, mins => $1 - nr), repeat('x', 250)
       FROM generate_series(1, $1::integer) AS nr`,
    [heads, newestAgeSeconds],
  );
}

it('tells how old the newest head is, whatever clocks said when others were signed', async () => {
  expect(await world.tree.status()).toMatchObject({ signedSize: 0, headAgeMs: null });
  await sign(3, 90);
  await world.admin.query(`UPDATE tree.heads SET signed_at = now() WHERE size = 2`);
  const { signedSize, headAgeMs } = await world.tree.status();
  expect(signedSize).toBe(3);
  expect(headAgeMs).toBeGreaterThanOrEqual(90_000);
});

it('tells how far the tree has come without looking through all heads that were ever signed', async () => {
  await sign(5_000, 0);
  await world.admin.query('ANALYZE tree.heads');
  const { rows } = await world.pool.query<{ 'QUERY PLAN': string }>(`EXPLAIN ${STATUS}`);
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
  expect(plan).toContain('heads');
  expect(plan).not.toContain('Seq Scan on heads');
});
