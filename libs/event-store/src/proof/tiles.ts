import { HASH_BYTES, hashNode, hashPairs } from './tree-hash.js';
import { type LeafRange, type Subtree, subtreesOf } from './tree-shape.js';

/** C2SP tlog-tiles: a tile is eight levels of the tree, kept as the hashes of the lowest of them. */
export const TILE_HEIGHT = 8;
export const TILE_HASHES = 256;
export const TILE_BYTES = TILE_HASHES * HASH_BYTES;

/** Level 0 holds leaf hashes, level 1 the roots of the full tiles of level 0, and so on. */
export interface TileId {
  readonly level: number;
  readonly index: number;
}

/** A full tile, or the first hashes of one that still grows. */
export interface Tile extends TileId {
  readonly hashes: Uint8Array;
}

/** Where tiles are kept. All tiles of a proof are asked for at once, so that it is one round trip. */
export interface TileReader {
  /** The hashes of each, in the order asked for; undefined for one that is not there. */
  readTiles(ids: readonly TileId[]): Promise<readonly (Uint8Array | undefined)[]>;
}

/** The stored tree lacks hashes that a tree of that size has. */
export class MissingTile extends Error {
  override readonly name = 'MissingTile';
  constructor(
    readonly tile: TileId,
    readonly hashesNeeded: number,
  ) {
    super(`tile ${tile.level}/${tile.index} of the tree lacks hash ${hashesNeeded - 1}`);
  }
}

/** How many levels of tiles a tree of that size has. */
export function tileLevels(size: number): number {
  let levels = 0;
  for (let left = size; left > 0; left = Math.floor(left / TILE_HASHES)) levels += 1;
  return levels;
}

/** How many hashes the growing tile of a level has in a tree of that size; 0 where all are full. */
export function growingHashes(level: number, size: number): number {
  return Math.floor(size / TILE_HASHES ** level) % TILE_HASHES;
}

/**
 * The hash of each range, read in one go. A range is one that `tree-shape` gives, or `[0, size)`.
 * @throws MissingTile
 */
export async function rangeHashes(
  reader: TileReader,
  ranges: readonly LeafRange[],
): Promise<readonly Buffer[]> {
  const subtrees = ranges.map(subtreesOf);
  const wanted = new Map<string, TileId>();
  for (const subtree of subtrees.flat()) {
    const tile = tileOf(subtree);
    wanted.set(keyOf(tile), tile);
  }
  const ids = [...wanted.values()];
  const found = ids.length === 0 ? [] : await reader.readTiles(ids);
  const tiles = new Map(ids.map((id, nr) => [keyOf(id), found[nr]]));
  return subtrees.map((parts) => {
    return joinSubtrees(parts.map((part) => subtreeHash(part, tiles.get(keyOf(tileOf(part))))));
  });
}

/** The hash above subtrees that stand side by side, the largest first. */
export function joinSubtrees(hashes: readonly Buffer[]): Buffer {
  const last = hashes.at(-1);
  if (last === undefined) throw new RangeError('a range without leaves has no hash');
  return hashes.slice(0, -1).reduceRight((right, left) => hashNode(left, right), last);
}

/** The hash of a complete subtree inside a tile: `width` hashes, a power of two, from `first` on. */
export function hashWithinTile(hashes: Uint8Array, first: number, width: number): Buffer {
  const copy = Buffer.from(hashes.subarray(first * HASH_BYTES, (first + width) * HASH_BYTES));
  for (let left = width; left > 1; left /= 2) hashPairs(copy, left);
  return copy.subarray(0, HASH_BYTES);
}

function subtreeHash(subtree: Subtree, hashes: Uint8Array | undefined): Buffer {
  const width = 2 ** (subtree.height % TILE_HEIGHT);
  const first = (subtree.index * width) % TILE_HASHES;
  const needed = first + width;
  if (hashes === undefined || hashes.length < needed * HASH_BYTES) {
    throw new MissingTile(tileOf(subtree), needed);
  }
  return hashWithinTile(hashes, first, width);
}

function tileOf({ height, index }: Subtree): TileId {
  const width = 2 ** (height % TILE_HEIGHT);
  const level = Math.floor(height / TILE_HEIGHT);
  return { level, index: Math.floor((index * width) / TILE_HASHES) };
}

function keyOf({ level, index }: TileId): string {
  return `${level}/${index}`;
}
