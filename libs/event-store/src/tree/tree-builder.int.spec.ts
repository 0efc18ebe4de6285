import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openPool } from '../pool.js';
import { canonicalLeaf } from '../proof/canonical-leaf.js';
import { verifyConsistency, verifyInclusion } from '../proof/proofs.js';
import { hashLeafText } from '../proof/tree-hash.js';
import { treeOfEntries } from '../proof/tree-in-memory.contract.js';
import { verifyEntries } from '../proof/verify-entries.js';
import { readRawEntries } from './read-raw-entries.js';
import { StoredTree } from './stored-tree.js';
import { anySigner, TreeWorld, until } from './tree-world.contract.js';

let world: TreeWorld;
beforeAll(async () => {
  world = await TreeWorld.open();
});
beforeEach(() => world.reset());
afterAll(() => world.close());

async function expectTreeOfLog(): Promise<void> {
  const entries = await world.entries();
  expect((await world.tiles()) === treeOfEntries(entries).contents).toBe(true);
}

async function* each<T>(items: readonly T[]) {
  yield* items;
}

describe('the tree in the database', () => {
  it('is the tree of the log, and its proofs and heads convince whoever checks them', async () => {
    world.start();
    await world.grow(700);
    await world.signed(700);
    await world.grow(333);
    await world.signed(1_033);
    await expectTreeOfLog();

    const { tree } = world;
    const entries = await world.entries();
    const heads = world.history();
    expect((await tree.latestHead())?.signedNote).toBe(heads.at(-1)?.signedNote);
    const verdict = await verifyEntries({ entries: each(entries), heads, storedTree: tree });
    expect(verdict).toMatchObject({ ok: true, size: 1_033, coveredThrough: 1_033 });

    const [old, last] = [heads.find(({ size }) => size === 700)!, heads.at(-1)!];
    for (const position of [1, 256, 257, 1_033]) {
      const claim = {
        leafHash: hashLeafText(canonicalLeaf(entries[position - 1]!)),
        index: position - 1,
        size: last.size,
        root: last.rootHash,
        proof: await tree.inclusionProof(position, last.size),
      };
      expect(verifyInclusion(claim)).toBe(true);
    }
    const proof = await tree.consistencyProof(700, 1_033);
    const between = { from: 700, fromRoot: old.rootHash, to: 1_033, toRoot: last.rootHash, proof };
    expect(verifyConsistency(between)).toBe(true);
    await expect(tree.inclusionProof(1_034, 1_033)).rejects.toThrow(RangeError);
  });

  it('signs a log that has nothing in it yet, and then while it grows', async () => {
    world.start({ times: { headIntervalMs: 30, quietMs: 60_000, batchPauseMs: 1 } });
    await world.signed(0);
    while (world.history().length < 5) await world.grow(3);
    const sizes = world.history().map(({ size }) => size);
    expect(sizes).toEqual([...new Set(sizes)].sort((a, b) => a - b));
  });

  it('has no opinion on types: one that nobody here knows is a leaf like any other', async () => {
    await world.grow(2);
    await world.tamper(
      `INSERT INTO log.events SELECT 3, gen_random_uuid(), 'wl_new', 1, tenant, 'FromTheFuture', 9,
         occurred_at, recorded_at, metadata, payload FROM log.events WHERE position = 1`,
    );
    world.start();
    await world.signed(3);
    await expectTreeOfLog();
  });

  it('says how far it is behind', async () => {
    const { builder, stop } = world.start();
    await world.grow(5);
    await world.signed(5);
    const status = { head: 5, treeSize: 5, signedSize: 5, headAgeMs: expect.any(Number) };
    expect(await builder.status()).toEqual(status);
    await stop();
    await world.grow(2);
    expect(await builder.status()).toMatchObject({ head: 7, treeSize: 5, signedSize: 5 });
    await world.reset();
    expect(await builder.status()).toEqual({
      head: 0,
      treeSize: 0,
      signedSize: 0,
      headAgeMs: null,
    });
  });
});

describe('whatever happens to its builders', () => {
  it('the tree is the same: connections cut in the middle, several builders, small batches', async () => {
    await world.grow(3_000);
    const keepRunning = async (isOver: () => boolean) => {
      while (!isOver()) await world.start({ batchLimit: 37 }).ended;
    };
    let isOver = false;
    const builders = [keepRunning(() => isOver), keepRunning(() => isOver)];
    for (let nr = 0; nr < 12; nr += 1) {
      await sleep(40);
      await world.admin.query(`
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND application_name LIKE 'tree-int%'
           AND pid <> pg_backend_pid()`);
    }
    await world.signed(3_000);
    isOver = true;
    await world.stopAll();
    await Promise.all(builders);
    await expectTreeOfLog();
  });

  it('another one takes over within the lease, and the one that lost it can write nothing', async () => {
    const first = world.start();
    await world.grow(10);
    await world.signed(10);
    // It believes that it still owns the tree, as a process does that was suspended.
    first.leases.renew = async (leases) => leases;
    const second = world.start();
    await until(async () => (await second.leases.currentEpoch('consumer:tree')) === 2);
    await world.grow(600);
    await world.signed(610);
    await world.stopAll();
    await expectTreeOfLog();
    const sizes = world.history().map(({ size }) => size);
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
  });

  it('those that stand by keep copies of the heads in their own folders', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'bulkhead-witness-'));
    world.start();
    await world.grow(4);
    await world.signed(4);
    world.start({ headFolder: elsewhere });
    const copied = () => Object.assign(Object.create(world), { folder: elsewhere }) as TreeWorld;
    await until(() => copied().exportedSize() === 4);
    await world.grow(4);
    await until(() => copied().exportedSize() === 8);
    rmSync(elsewhere, { recursive: true });
  });

  it('a head that was stored but not exported when its builder was killed is exported by the next', async () => {
    const first = world.start();
    await world.grow(4);
    await world.signed(4);
    await first.stop();
    rmSync(world.folder, { recursive: true });
    expect(world.exportedSize()).toBeNull();
    world.start();
    await world.signed(4);
  });

  it('a new key signs anew, and what the old one signed stays valid', async () => {
    await world.grow(4);
    const first = world.start();
    await world.signed(4);
    await first.stop();
    const signer = anySigner();
    const verifiers = [signer.verifier, world.signer.verifier];
    world.start({ signer, verifiers: () => verifiers });
    await until(() => world.exported(verifiers)?.signedBy[0] === signer.verifier);
    await world.grow(1);
    await until(() => world.exported(verifiers)?.size === 5);
    const keys = world.history(verifiers).map(({ signedBy }) => signedBy[0]);
    expect(keys).toContain(world.signer.verifier);
    expect(keys.at(-1)).toBe(signer.verifier);
  });
});

describe('the roles of the application', () => {
  const refusedAs = async (url: string, ...statements: string[]) => {
    const pool = openPool({ url, applicationName: 'tree-roles' });
    try {
      for (const statement of statements) {
        await expect(pool.query(statement)).rejects.toThrow(
          /permission denied|must be owner|may only grow/,
        );
      }
      return await new StoredTree(pool).status();
    } finally {
      await pool.end();
    }
  };

  it('can read the tree, and cannot rewrite it', async () => {
    const { stop } = world.start();
    await world.grow(4);
    await world.signed(4);
    await stop();
    const never = [
      'DELETE FROM tree.tiles',
      'DELETE FROM tree.heads',
      'TRUNCATE tree.tiles',
      'TRUNCATE tree.heads',
      'UPDATE tree.heads SET size = 3',
      'DROP TRIGGER refuse_other_hashes ON tree.tiles',
    ];
    const write = `INSERT INTO tree.tiles VALUES (9, 9, decode(repeat('00', 32), 'hex'))`;
    const { apiUrl, auditUrl, workerUrl } = world.database;
    for (const url of [apiUrl, auditUrl]) {
      expect(await refusedAs(url, ...never, write)).toMatchObject({ treeSize: 4 });
    }
    const shrink = 'UPDATE tree.tiles SET hashes = substring(hashes FOR 32)';
    const other = `UPDATE tree.tiles SET hashes = decode(repeat('00', 128), 'hex')`;
    expect(await refusedAs(workerUrl, ...never, shrink, other)).toMatchObject({ treeSize: 4 });
  });

  it('cannot rewrite it by an operator of their own, or by moving a tile elsewhere', async () => {
    const { stop } = world.start();
    await world.grow(4);
    await world.signed(4);
    await stop();
    const own = [
      `CREATE FUNCTION bullmq.never(bytea, bytea) RETURNS boolean LANGUAGE sql AS 'SELECT false'`,
      'CREATE OPERATOR bullmq.<> (LEFTARG = bytea, RIGHTARG = bytea, FUNCTION = bullmq.never)',
      'SET search_path = bullmq, pg_catalog',
    ];
    const other = `UPDATE tree.tiles SET hashes = decode(repeat('00', 128), 'hex')`;
    const { workerUrl } = world.database;
    const client = new pg.Client({ connectionString: workerUrl });
    await client.connect();
    try {
      for (const statement of own) await client.query(statement);
      await expect(client.query(other)).rejects.toThrow('may only grow');
    } finally {
      await client.query('RESET search_path');
      await client.query('DROP FUNCTION bullmq.never CASCADE');
      await client.end();
    }
    await refusedAs(
      workerUrl,
      'UPDATE tree.tiles SET level = 7',
      'UPDATE tree.tiles SET index = 7',
    );
  });

  it('read the very bytes that are stored', async () => {
    await world.grow(1);
    const [entry] = await readRawEntries(world.pool, { afterPosition: 0, limit: 1 });
    const { rows } = await world.admin.query(
      'SELECT payload::text, metadata::text FROM log.events',
    );
    expect(entry).toMatchObject(rows[0]);
  });
});
