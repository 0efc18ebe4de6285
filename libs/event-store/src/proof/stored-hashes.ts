import { TILE_HASHES, type TileId, type TileReader } from './tiles.js';
import { HASH_BYTES } from './tree-hash.js';

/** Half a megabyte at a time: few round trips, little memory. */
const TILES_AT_ONCE = 64;

export type Comparison = 'same' | 'differs' | 'missing';

/** The hashes of one level of a stored tree in their order, for comparison with what is computed anew. */
export class StoredHashes {
  private tiles: readonly (Uint8Array | undefined)[] = [];
  private firstTile = -1;

  constructor(
    private readonly reader: TileReader,
    readonly level: number,
  ) {}

  /** The tile that holds the hash of that index. */
  tileOf(index: number): TileId {
    return { level: this.level, index: Math.floor(index / TILE_HASHES) };
  }

  /** Whether the stored tree has that hash; it is missing also where the tree does not reach so far yet. */
  async compare(index: number, hash: Buffer): Promise<Comparison> {
    const tileNr = Math.floor(index / TILE_HASHES);
    const ahead = tileNr - this.firstTile;
    if (this.firstTile < 0 || ahead < 0 || ahead >= TILES_AT_ONCE) await this.load(tileNr);
    const hashes = this.tiles[tileNr - this.firstTile];
    const at = (index % TILE_HASHES) * HASH_BYTES;
    if (hashes === undefined || hashes.length < at + HASH_BYTES) return 'missing';
    return hash.compare(hashes, at, at + HASH_BYTES) === 0 ? 'same' : 'differs';
  }

  private async load(tileNr: number): Promise<void> {
    const ids = Array.from({ length: TILES_AT_ONCE }, (_, nr) => ({
      level: this.level,
      index: tileNr + nr,
    }));
    this.tiles = await this.reader.readTiles(ids);
    this.firstTile = tileNr;
  }
}
