import { LeafWriter } from './canonical-leaf.js';
import type { RawEntry } from './raw-entry.js';
import { TileBuilder } from './tile-builder.js';
import type { Tile, TileId, TileReader } from './tiles.js';
import { EMPTY_ROOT, hashLeafText, hashNode } from './tree-hash.js';

const keyOf = ({ level, index }: TileId) => `${level}/${index}`;

/** Tiles in a map, for tests: what a database or a folder of files holds otherwise. */
export class TilesInMemory implements TileReader {
  readonly tiles = new Map<string, Uint8Array>();
  /** How many tiles were read, and in how many calls. */
  readonly read = { tiles: 0, calls: 0 };

  /** All tiles as one text: comparing it is much faster than comparing the maps. */
  get contents(): string {
    const entries = [...this.tiles].sort(([one], [other]) => (one < other ? -1 : 1));
    return entries.map(([key, hashes]) => `${key} ${Buffer.from(hashes).toString('hex')}`).join();
  }

  put(tiles: readonly Tile[]): void {
    for (const tile of tiles) this.tiles.set(keyOf(tile), tile.hashes);
  }

  async readTiles(ids: readonly TileId[]): Promise<readonly (Uint8Array | undefined)[]> {
    this.read.tiles += ids.length;
    this.read.calls += 1;
    return ids.map((id) => this.tiles.get(keyOf(id)));
  }
}

/** The stored tree of these leaves. */
export function treeOf(leaves: readonly string[]): TilesInMemory {
  const tiles = new TilesInMemory();
  const builder = new TileBuilder();
  for (const leaf of leaves) builder.appendText(leaf);
  tiles.put(builder.takeTiles());
  return tiles;
}

/** The stored tree of these entries. */
export function treeOfEntries(entries: readonly RawEntry[]): TilesInMemory {
  const writer = new LeafWriter();
  return treeOf(entries.map((entry) => writer.leaf(entry)));
}

/** RFC 6962, 2.1, word for word: what everything else is compared with. */
export function plainRoot(leaves: readonly string[]): Buffer {
  if (leaves.length === 0) return EMPTY_ROOT;
  if (leaves.length === 1) return hashLeafText(leaves[0]!);
  let k = 1;
  while (k * 2 < leaves.length) k *= 2;
  return hashNode(plainRoot(leaves.slice(0, k)), plainRoot(leaves.slice(k)));
}

export const leavesUpTo = (count: number) => Array.from({ length: count }, (_, nr) => `leaf ${nr}`);
