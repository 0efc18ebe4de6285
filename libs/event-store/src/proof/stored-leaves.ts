import { TILE_HASHES, type TileReader } from './tiles.js';
import { HASH_BYTES } from './tree-hash.js';

/** Half a megabyte at a time: few round trips, little memory. */
const TILES_AT_ONCE = 64;

/** The leaf hashes of a stored tree in their order, for comparison with what is computed anew. */
export class StoredLeaves {
  private tiles: readonly (Uint8Array | undefined)[] = [];
  private firstTile = -1;

  constructor(private readonly reader: TileReader) {}

  /** Whether the stored tree has another hash for that leaf; a tree that does not reach so far has none. */
  async differ(index: number, leafHash: Buffer): Promise<boolean> {
    const tileNr = Math.floor(index / TILE_HASHES);
    const ahead = tileNr - this.firstTile;
    if (this.firstTile < 0 || ahead < 0 || ahead >= TILES_AT_ONCE) await this.load(tileNr);
    const hashes = this.tiles[tileNr - this.firstTile];
    const at = (index % TILE_HASHES) * HASH_BYTES;
    if (hashes === undefined || hashes.length < at + HASH_BYTES) return false;
    return leafHash.compare(hashes, at, at + HASH_BYTES) !== 0;
  }

  private async load(tileNr: number): Promise<void> {
    const ids = Array.from({ length: TILES_AT_ONCE }, (_, nr) => ({
      level: 0,
      index: tileNr + nr,
    }));
    this.tiles = await this.reader.readTiles(ids);
    this.firstTile = tileNr;
  }
}
