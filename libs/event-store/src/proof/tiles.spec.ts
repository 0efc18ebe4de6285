import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rootAt } from './proofs.js';
import { TileBuilder } from './tile-builder.js';
import { MissingTile, TILE_BYTES } from './tiles.js';
import { edgeHashes, TreeEdge } from './tree-edge.js';
import { hashLeaf, hashLeafText } from './tree-hash.js';
import { leavesUpTo, plainRoot, TilesInMemory, treeOf } from './tree-in-memory.contract.js';

/** The leaves and roots that implementations of Certificate Transparency test themselves with. */
const KNOWN_LEAVES = [
  '',
  '00',
  '10',
  '2021',
  '3031',
  '40414243',
  '5051525354555657',
  '606162636465666768696a6b6c6d6e6f',
].map((hex) => Buffer.from(hex, 'hex'));
const KNOWN_ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];
const AROUND_TILES = [1, 2, 3, 255, 256, 257, 300, 511, 512, 513, 768, 1000];
const TWO_LEVELS_FULL = 65_536;

describe('the tree over hash tiles', () => {
  it('has the roots that RFC 6962 gives for known leaves', () => {
    const builder = new TileBuilder();
    const edge = TreeEdge.empty();
    const roots = [builder.root().toString('hex')];
    for (const leaf of KNOWN_LEAVES) {
      builder.append(hashLeaf(leaf));
      edge.append(hashLeaf(leaf));
      expect(edge.root()).toEqual(builder.root());
      roots.push(builder.root().toString('hex'));
    }
    expect(roots).toEqual(KNOWN_ROOTS);
  });

  it('hashes a text as its bytes in UTF-8', () => {
    const text = 'ein Blatt 🍂';
    expect(hashLeafText(text)).toEqual(hashLeaf(Buffer.from(text)));
  });

  it('has the root that the definition gives, grown leaf by leaf and read from tiles', async () => {
    const leaves = leavesUpTo(Math.max(...AROUND_TILES));
    const tiles = treeOf(leaves);
    for (const size of AROUND_TILES) {
      expect(await rootAt(tiles, size)).toEqual(plainRoot(leaves.slice(0, size)));
    }
  });

  it('is the same however it is interrupted and opened again', async () => {
    const leaves = leavesUpTo(1_500);
    const whole = treeOf(leaves);
    const steps = fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(steps, async (counts) => {
        const tiles = new TilesInMemory();
        let size = 0;
        for (const count of [...counts, leaves.length]) {
          const builder = await TileBuilder.open(tiles, size);
          for (const leaf of leaves.slice(size, size + count)) builder.appendText(leaf);
          size = builder.size;
          expect(builder.root().equals(await rootAt(whole, size))).toBe(true);
          tiles.put(builder.takeTiles());
        }
        expect(tiles.contents === whole.contents).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('can be opened at an older size, because a tile that grew begins as it did', async () => {
    const leaves = leavesUpTo(700);
    const builder = await TileBuilder.open(treeOf(leaves), 300);
    for (const leaf of leaves.slice(300)) builder.appendText(leaf);
    expect(builder.root()).toEqual(plainRoot(leaves));
  });

  it('costs 32 bytes an event and a 255th of that for all levels above', () => {
    const tiles = treeOf(leavesUpTo(TWO_LEVELS_FULL));
    const sizes = [...tiles.tiles.values()].map(({ length }) => length);
    // 256 full tiles, the full one above them, and the first hash of the level above that.
    expect(sizes.filter((size) => size === TILE_BYTES)).toHaveLength(257);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(TWO_LEVELS_FULL * 32 + TILE_BYTES + 32);
  });

  it('says which tile is missing instead of proving with less', async () => {
    const tiles = treeOf(leavesUpTo(300));
    await expect(rootAt(tiles, 301)).rejects.toThrow(MissingTile);
    tiles.tiles.delete('1/0');
    await expect(rootAt(tiles, 300)).rejects.toThrow('tile 1/0 of the tree lacks hash 0');
    await expect(TileBuilder.open(tiles, 300)).rejects.toThrow(MissingTile);
  });

  it('can be gone on with from its edge alone', async () => {
    const leaves = leavesUpTo(600);
    const tiles = treeOf(leaves);
    for (const size of AROUND_TILES.filter((each) => each < leaves.length)) {
      const edge = TreeEdge.from(size, await edgeHashes(tiles, size));
      for (const leaf of leaves.slice(size)) edge.append(hashLeafText(leaf));
      expect(edge.root()).toEqual(plainRoot(leaves));
    }
    expect(() => TreeEdge.from(3, [])).toThrow('a tree of size 3 has an edge of 2 hashes');
  });
});
