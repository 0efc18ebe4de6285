import {
  growingHashes,
  hashWithinTile,
  joinSubtrees,
  MissingTile,
  TILE_BYTES,
  TILE_HASHES,
  type Tile,
  type TileReader,
  tileLevels,
} from './tiles.js';
import { EMPTY_ROOT, HASH_BYTES, hashPairs, writeLeafHash } from './tree-hash.js';

/** The tile of one level that still grows. */
interface GrowingTile {
  readonly bytes: Buffer;
  count: number;
  isChanged: boolean;
}

/**
 * Grows a tree leaf by leaf and keeps nothing of it but the right edge: one tile a level. What has
 * changed is taken away with `takeTiles`; that must happen every few thousand leaves, because it
 * collects until then.
 */
export class TileBuilder {
  private readonly levels: GrowingTile[] = [];
  private full: Tile[] = [];
  private leaves = 0;

  /** How many leaves the tree has. */
  get size(): number {
    return this.leaves;
  }

  /**
   * The builder of a stored tree, where it had `size` leaves.
   * @throws MissingTile where the store does not hold that much
   */
  static async open(reader: TileReader, size: number): Promise<TileBuilder> {
    const builder = new TileBuilder();
    builder.leaves = size;
    const ids = Array.from({ length: tileLevels(size) }, (_, level) => ({
      level,
      index: Math.floor(size / TILE_HASHES ** (level + 1)),
    }));
    const growing = ids.filter(({ level }) => growingHashes(level, size) > 0);
    const stored = growing.length === 0 ? [] : await reader.readTiles(growing);
    for (const { level } of ids) builder.levelAt(level).count = growingHashes(level, size);
    growing.forEach((id, nr) => {
      const tile = builder.levelAt(id.level);
      const hashes = stored[nr];
      if (hashes === undefined || hashes.length < tile.count * HASH_BYTES) {
        throw new MissingTile(id, tile.count);
      }
      tile.bytes.set(hashes.subarray(0, tile.count * HASH_BYTES));
    });
    return builder;
  }

  append(leafHash: Uint8Array): void {
    this.leaves += 1;
    this.put(0, leafHash);
  }

  /** Appends the leaf that is this text, without a buffer for its hash. */
  appendText(leaf: string): void {
    this.leaves += 1;
    const tile = this.levelAt(0);
    writeLeafHash(leaf, tile.bytes, tile.count * HASH_BYTES);
    this.grow(0, tile);
  }

  /** The tiles that are new or longer than when this was called before. */
  takeTiles(): readonly Tile[] {
    const tiles = this.full;
    this.full = [];
    this.levels.forEach((tile, level) => {
      if (tile.isChanged && tile.count > 0) {
        const hashes = Buffer.from(tile.bytes.subarray(0, tile.count * HASH_BYTES));
        tiles.push({ level, index: this.growingIndex(level), hashes });
      }
      tile.isChanged = false;
    });
    return tiles;
  }

  /** The RFC 6962 root of the tree as it is now. */
  root(): Buffer {
    const peaks = this.levels.map((tile) => peaksOf(tile)).reverse();
    return this.leaves === 0 ? EMPTY_ROOT : Buffer.from(joinSubtrees(peaks.flat()));
  }

  private put(level: number, hash: Uint8Array): void {
    const tile = this.levelAt(level);
    tile.bytes.set(hash, tile.count * HASH_BYTES);
    this.grow(level, tile);
  }

  /** A hash was written behind the others of the tile. */
  private grow(level: number, tile: GrowingTile): void {
    tile.count += 1;
    tile.isChanged = true;
    if (tile.count < TILE_HASHES) return;
    const index = this.growingIndex(level) - 1;
    this.full.push({ level, index, hashes: Buffer.from(tile.bytes) });
    for (let left = TILE_HASHES; left > 1; left /= 2) hashPairs(tile.bytes, left);
    tile.count = 0;
    this.put(level + 1, tile.bytes.subarray(0, HASH_BYTES));
  }

  private growingIndex(level: number): number {
    return Math.floor(this.leaves / TILE_HASHES ** (level + 1));
  }

  private levelAt(level: number): GrowingTile {
    for (let next = this.levels.length; next <= level; next += 1) {
      this.levels.push({ bytes: Buffer.alloc(TILE_BYTES), count: 0, isChanged: false });
    }
    return this.levels[level] as GrowingTile;
  }
}

/** The roots of the complete subtrees that a tile's hashes make, the largest first. */
function peaksOf({ bytes, count }: GrowingTile): Buffer[] {
  const peaks: Buffer[] = [];
  for (let width = TILE_HASHES / 2, first = 0; width >= 1; width /= 2) {
    if (first + width > count) continue;
    peaks.push(hashWithinTile(bytes, first, width));
    first += width;
  }
  return peaks;
}
