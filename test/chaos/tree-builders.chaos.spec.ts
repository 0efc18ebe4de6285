import { setTimeout as sleep } from 'node:timers/promises';
import { openPool, PostgresLog, readRawEntries, StoredTree } from '@bulkhead/event-store';
import { verifyEntries } from '@bulkhead/event-store/proof';
import type pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { append, write } from '../../libs/event-store/src/log/samples.contract.js';
import { type FreshDatabase, freshDatabase } from '../postgres/fresh-database.js';
import { chaosSeed } from './kill-plan.js';
import { chanceFrom } from './load/chance.js';
import { TreeBuilders } from './tree/tree-builders.js';

const KILLS = 3;
const TAKEOVER_WITHIN_MS = 5_000;
const SLACK_MS = 90_000;
const PATIENCE_MS = 30_000;
const POLL_MS = 20;
const KILL_WITHIN_MS = 500;
/** Between two appends: often enough that every builder has something to do when it is killed. */
const GROWTH_PAUSE_MS = 10;
const seed = chaosSeed(process.env, Math.random);

const OWNER = `
  SELECT owner::text FROM consumers.leases
   WHERE name = 'consumer:tree' AND lease_until > clock_timestamp()`;

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  const giveUpAtMs = performance.now() + PATIENCE_MS;
  while (!(await isTrue())) {
    if (performance.now() > giveUpAtMs) throw new Error(`not within ${PATIENCE_MS} ms`);
    await sleep(POLL_MS);
  }
}

async function* wholeLog(pool: pg.Pool) {
  for (let afterPosition = 0; ; ) {
    const batch = await readRawEntries(pool, { afterPosition, limit: 5_000 });
    if (batch.length === 0) return;
    yield* batch;
    afterPosition += batch.length;
  }
}

describe(`a tree whose builders are killed ${KILLS} times while the log grows, as seed ${seed} decides`, () => {
  let database: FreshDatabase;
  let pool: pg.Pool;
  let tree: StoredTree;
  let builders: TreeBuilders;
  const takeoversMs: number[] = [];

  beforeAll(async () => {
    database = await freshDatabase();
    pool = openPool({ url: database.workerUrl, applicationName: 'tree-chaos-test' });
    tree = new StoredTree(pool);
    builders = new TreeBuilders(database.workerUrl);
    await Promise.all([builders.start(), builders.start()]);
    const log = new PostgresLog({ pool, newEventId: v7 });
    let isOver = false;
    const growing = (async () => {
      for (let nr = 0; !isOver; nr += 1) {
        await log.append(append(write(`wl_${nr}`, 0, ['a', 'b', 'c'])));
        await sleep(GROWTH_PAUSE_MS);
      }
    })();
    const chance = chanceFrom(seed);
    for (let killed = 0; killed < KILLS; ) {
      await sleep(chance() * KILL_WITHIN_MS);
      const { rows } = await pool.query<{ owner: string }>(OWNER);
      if (!(await builders.kill(rows[0]?.owner ?? null))) continue;
      killed += 1;
      const killedAtMs = performance.now();
      const { treeSize } = await tree.status();
      await until(async () => (await tree.status()).treeSize > treeSize);
      takeoversMs.push(performance.now() - killedAtMs);
      await builders.start();
    }
    isOver = true;
    await growing;
    const head = await log.head();
    await until(async () => builders.heads().at(-1)?.size === head);
    console.info(
      JSON.stringify({ CHAOS_SEED: seed, head, heads: builders.heads().length, takeoversMs }),
    );
  }, SLACK_MS);

  afterAll(async () => {
    builders?.remove();
    await pool?.end();
    await database?.drop();
  });

  it('is the tree of the log, as every head says that was ever exported', async () => {
    const heads = builders.heads();
    const verdict = await verifyEntries({ entries: wholeLog(pool), heads, storedTree: tree });
    const size = heads.at(-1)?.size;
    expect(verdict).toMatchObject({ ok: true, size, coveredThrough: size });
    expect(heads.length).toBeGreaterThan(KILLS);
    expect(builders.failures).toEqual([]);
  });

  it('is taken over within five seconds', () => {
    expect(takeoversMs).toHaveLength(KILLS);
    expect(Math.max(...takeoversMs)).toBeLessThan(TAKEOVER_WITHIN_MS);
  });
});
