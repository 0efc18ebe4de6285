import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signTreeHead } from '../proof/tree-head.js';
import { LATEST_HEAD_FILE } from './head-files.js';
import { TreeStopped } from './tree-stopped.js';
import { anySigner, TreeWorld } from './tree-world.contract.js';

let world: TreeWorld;
beforeAll(async () => {
  world = await TreeWorld.open();
});
beforeEach(() => world.reset());
afterAll(() => world.close());

/** Grows, signs and stops, as the history before somebody meddles with it. */
async function signedLog(size: number, from = 0): Promise<void> {
  const { stop } = world.start();
  await world.grow(size - from);
  await world.signed(size);
  await stop();
}

async function expectRefusal(message: RegExp): Promise<void> {
  const before = await world.tree.headsFrom(0, 1_000);
  const exported = world.exportedSize();
  const error = await world.start().ended;
  expect(error).toBeInstanceOf(TreeStopped);
  expect((error as Error).message).toMatch(message);
  expect(await world.tree.headsFrom(0, 1_000)).toEqual(before);
  expect(world.exportedSize()).toBe(exported);
}

const TABLES = ['log.events', 'tree.tiles', 'tree.heads'];
const copyOf = (table: string) => `public.copy_of_${table.replace('.', '_')}`;
const backUp = () =>
  world.admin.query(
    TABLES.map((table) => {
      return `DROP TABLE IF EXISTS ${copyOf(table)}; CREATE TABLE ${copyOf(table)} AS TABLE ${table}`;
    }).join(';'),
  );
/** Puts an older copy in place of the present log with its tree. */
const restore = () =>
  world.tamper(
    ...TABLES.flatMap((table) => [
      `DELETE FROM ${table}`,
      `INSERT INTO ${table} TABLE ${copyOf(table)}`,
    ]),
    `UPDATE consumers.checkpoints SET position = (SELECT max(size) FROM tree.heads)
      WHERE name = 'tree'`,
  );

describe('a tree that grows', () => {
  it('stops at once when the end of the log is cut off under it', async () => {
    const { ended } = world.start();
    await world.grow(120);
    await world.signed(120);
    await world.tamper('DELETE FROM log.events WHERE position > 100');
    const error = await ended;
    expect(error).toBeInstanceOf(TreeStopped);
    expect((error as Error).message).toMatch(
      /^the log ends at position 100, but its tree has 120 leaves/,
    );
  });
});

describe('a tree head is never signed', () => {
  it('for an older copy of the database', async () => {
    await signedLog(300);
    await backUp();
    await signedLog(350, 300);
    await restore();
    await expectRefusal(/^the log ends at position 300, but a tree head of size 350 was signed/);
  });

  it('for an older copy that has grown beyond what was signed', async () => {
    await signedLog(300);
    await backUp();
    await signedLog(350, 300);
    await restore();
    await world.grow(100);
    await expectRefusal(/^the first 350 events are not those that the tree head of size 350/);
  });

  it('for an older copy, by whoever stands by while another process builds elsewhere', async () => {
    await signedLog(300);
    await backUp();
    await signedLog(350, 300);
    await restore();
    const owner = world.start({ headFolder: join(world.folder, 'empty') });
    await expectRefusal(/^the log ends at position 300|^the first 350 events/);
    await owner.stop();
  });

  it('for a log whose tail was cut off together with its tree and heads', async () => {
    await signedLog(300);
    await world.tamper(
      'DELETE FROM log.events WHERE position > 250',
      'TRUNCATE tree.tiles, tree.heads',
      "UPDATE consumers.checkpoints SET position = 0 WHERE name = 'tree'",
    );
    await expectRefusal(/^the log ends at position 250, but a tree head of size 300 was signed/);
  });

  it('for a log that was rewritten together with its tree', async () => {
    await signedLog(300);
    await world.tamper(
      `UPDATE log.events SET payload = '{"reason":"none"}' WHERE position = 17`,
      'TRUNCATE tree.tiles, tree.heads',
      "UPDATE consumers.checkpoints SET position = 0 WHERE name = 'tree'",
    );
    await expectRefusal(/^the first 300 events are not those that the tree head of size 300/);
  });

  it('for a log with a gap or with a time that is none', async () => {
    await world.grow(9);
    await world.tamper('DELETE FROM log.events WHERE position = 5');
    await expectRefusal(/^the log has no position 5: 6 follows 4$/);
    await world.reset();
    await world.grow(9);
    await world.tamper("UPDATE log.events SET occurred_at = 'infinity' WHERE position = 5");
    await expectRefusal(/^position 5 has a time that no log writes$/);
  });

  it('for a row that somebody wrote as recorded before its predecessor, or out of its stream’s order', async () => {
    const recorded = (position: number) =>
      `SELECT recorded_at - interval '2 ms' FROM log.events WHERE position = ${position}`;
    await world.grow(9);
    await world.tamper(`UPDATE log.events SET recorded_at = (${recorded(4)}) WHERE position = 5`);
    await expectRefusal(/^position 5 was recorded 2 ms before the one that it follows$/);
    await world.reset();
    await signedLog(5);
    await world.grow(4);
    // The first row after what was signed: the one before it is read again for this.
    await world.tamper(`UPDATE log.events SET recorded_at = (${recorded(5)}) WHERE position = 6`);
    await expectRefusal(/^position 6 was recorded 2 ms before/);
    await world.reset();
    await world.grow(9);
    await world.tamper('UPDATE log.events SET version = 12 WHERE position = 5');
    await expectRefusal(/^position 5 is version 12 of wl_\d+, where version 5 should come$/);
  });

  it('over a stored tree that was changed or has lost tiles', async () => {
    await signedLog(300);
    await world.tamper('DELETE FROM tree.tiles WHERE level = 0 AND index = 1');
    await expectRefusal(/^the stored tree is damaged: tile 0\/1 of the tree lacks hash/);
    await world.tamper(
      "INSERT INTO tree.tiles VALUES (0, 1, decode(repeat('00', 44 * 32), 'hex'))",
    );
    await expectRefusal(/^the first 300 events are not those/);
  });

  it('after a stored head that nobody we know has signed', async () => {
    await signedLog(5);
    const forged = signTreeHead({ size: 9, rootHash: Buffer.alloc(32) }, anySigner());
    await world.admin.query('INSERT INTO tree.heads VALUES (9, $1, $2, clock_timestamp(), $3)', [
      'forged',
      forged.rootHash,
      forged.signedNote,
    ]);
    await expectRefusal(/^the stored tree head of size 9 cannot be trusted: no known key/);
    await world.admin.query('UPDATE tree.heads SET signed_note = $1 WHERE size = 9', [
      (await world.tree.headAt(5))?.signedNote,
    ]);
    await expectRefusal(/^the stored tree head of size 9 says something else than its row$/);
  });

  it('where the exported head was changed', async () => {
    await signedLog(5);
    const path = join(world.folder, LATEST_HEAD_FILE);
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('\n5\n', '\n4\n'));
    const error = await world.start().ended;
    expect((error as Error).message).toMatch(/latest\.tree-head cannot be trusted: the signature/);
    writeFileSync(path, text);
    world.start();
    await world.grow(1);
    await world.signed(6);
  });
});

describe('after somebody has looked', () => {
  it('a damaged tree is made anew from the log, and compared with what was signed on its way', async () => {
    await signedLog(300);
    const tiles = await world.tiles();
    const before = world.history().length;
    await world.tamper('DELETE FROM tree.tiles WHERE index = 1');
    await expectRefusal(/^the stored tree is damaged/);
    await world.tamper(
      'TRUNCATE tree.tiles',
      "UPDATE consumers.checkpoints SET position = 0 WHERE name = 'tree'",
    );
    const { stop } = world.start({ batchLimit: 100 });
    await world.grow(1);
    await world.signed(301);
    await stop();
    expect(
      world
        .history()
        .slice(before)
        .map(({ size }) => size),
    ).toEqual([301]);
    expect((await world.tiles()).startsWith(tiles.slice(0, 500))).toBe(true);
  });

  it('an older copy that is all there is can be gone on with, once the heads were moved away', async () => {
    await signedLog(300);
    await backUp();
    await signedLog(350, 300);
    await restore();
    await expectRefusal(/^the log ends at position 300/);
    renameSync(world.folder, `${world.folder}.before`);
    world.start();
    await world.grow(7);
    await world.signed(307);
    rmSync(`${world.folder}.before`, { recursive: true });
  });
});
