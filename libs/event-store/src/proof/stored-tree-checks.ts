import { fault, type LogFault } from './log-fault.js';
import { StoredHashes } from './stored-hashes.js';
import { TILE_HEIGHT, type TileId, type TileReader } from './tiles.js';

/**
 * Holds a stored tree against the one that is computed anew, hash by hash on every level of tiles. Where
 * they differ, only a head can say which of the two is right.
 */
export class StoredTreeChecks {
  private readonly levels: StoredHashes[] = [];
  /** The first entry that the stored tree has otherwise. */
  private doubt: LogFault | null = null;
  /** The first hash that the stored tree lacks, or has otherwise although all below it is right. */
  private defect: LogFault | null = null;
  /** What is wrong with the stored tree only, as a head has said. */
  private confirmed: LogFault | null = null;

  constructor(private readonly reader: TileReader) {}

  /** The first entry that is not the one in the stored tree, until a head has said that it is right. */
  get changedEntry(): LogFault | null {
    return this.doubt;
  }

  /** What is wrong with the stored tree, and with nothing else. */
  get treeFault(): LogFault | null {
    return this.confirmed;
  }

  async compareLeaf(index: number, leafHash: Buffer): Promise<void> {
    if (this.doubt !== null) return;
    const level = this.at(0);
    const found = await level.compare(index, leafHash);
    if (found === 'same') return;
    const position = index + 1;
    if (found === 'missing') this.lacks(level.tileOf(index), position, position);
    else {
      const message = `position ${position} is not the entry that the tree was built from`;
      this.doubt = fault('leaf-differs', position, message);
    }
  }

  /** @param height of the complete subtree of tiles that ends with the last of `size` leaves */
  async compareSubtree(size: number, height: number, hash: Buffer): Promise<void> {
    if (this.doubt !== null || this.defect !== null) return;
    const level = this.at(height / TILE_HEIGHT);
    const width = 2 ** height;
    const index = size / width - 1;
    const found = await level.compare(index, hash);
    if (found === 'missing') this.lacks(level.tileOf(index), size - width + 1, size);
    if (found !== 'differs') return;
    const message = `tile ${nameOf(level.tileOf(index))} of the stored tree has another hash above positions ${size - width + 1} to ${size}; the log itself agrees`;
    this.defect = fault('stored-tree-differs', size - width + 1, message, size);
  }

  /** A head agrees with the first `size` entries: whatever the stored tree has otherwise is its own fault. */
  confirm(size: number): void {
    if (this.doubt !== null) {
      const { position } = this.doubt;
      const message = `the entry at position ${position} is the one that was signed, but the stored tree has another hash for it`;
      this.confirmed ??= fault('stored-tree-differs', position, message);
      this.doubt = null;
    }
    if (this.defect !== null && this.defect.through <= size) {
      if (this.confirmed === null || this.defect.position < this.confirmed.position)
        this.confirmed = this.defect;
    }
  }

  private lacks(tile: TileId, position: number, through: number): void {
    const message = `the stored tree lacks tile ${nameOf(tile)}, or its end, from position ${position} on, so proofs cannot be made; the log itself agrees`;
    this.defect ??= fault('stored-tree-differs', position, message, through);
  }

  private at(level: number): StoredHashes {
    this.levels[level] ??= new StoredHashes(this.reader, level);
    return this.levels[level];
  }
}

function nameOf({ level, index }: TileId): string {
  return `${level}/${index}`;
}
