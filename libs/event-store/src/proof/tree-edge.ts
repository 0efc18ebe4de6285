import { joinSubtrees, rangeHashes, type TileReader } from './tiles.js';
import { EMPTY_ROOT, hashNode } from './tree-hash.js';
import { checkedSize, subtreesOf } from './tree-shape.js';

/** A complete subtree of 2 ** height leaves. */
export interface EdgeSubtree {
  readonly hash: Buffer;
  readonly height: number;
}

/** Grows a tree of which it keeps only the roots of its complete subtrees, at most 53 hashes. */
export class TreeEdge {
  private constructor(
    private leaves: number,
    private readonly peaks: EdgeSubtree[],
  ) {}

  static empty(): TreeEdge {
    return new TreeEdge(0, []);
  }

  /**
   * The edge of a tree of that size. Whether the hashes are right shows only in its root.
   * @throws RangeError where a tree of that size has another number of complete subtrees
   */
  static from(size: number, hashes: readonly Buffer[]): TreeEdge {
    const subtrees = subtreesOf({ start: 0, end: checkedSize(size) });
    if (subtrees.length !== hashes.length) {
      throw new RangeError(`a tree of size ${size} has an edge of ${subtrees.length} hashes`);
    }
    const peaks = subtrees.map(({ height }, nr) => ({ height, hash: hashes[nr] as Buffer }));
    return new TreeEdge(size, peaks);
  }

  get size(): number {
    return this.leaves;
  }

  /** @param completed called for each larger subtree that this leaf completes, the smallest first */
  append(leafHash: Buffer, completed?: (subtree: EdgeSubtree) => void): void {
    this.leaves += 1;
    let top: EdgeSubtree = { hash: leafHash, height: 0 };
    for (let left = this.peaks.at(-1); left?.height === top.height; left = this.peaks.at(-1)) {
      this.peaks.pop();
      top = { hash: hashNode(left.hash, top.hash), height: top.height + 1 };
      completed?.(top);
    }
    this.peaks.push(top);
  }

  root(): Buffer {
    return this.leaves === 0 ? EMPTY_ROOT : joinSubtrees(this.peaks.map(({ hash }) => hash));
  }
}

/** The hashes from which `TreeEdge.from` goes on where a stored tree had `size` leaves. @throws MissingTile */
export function edgeHashes(reader: TileReader, size: number): Promise<readonly Buffer[]> {
  const subtrees = subtreesOf({ start: 0, end: checkedSize(size) });
  const ranges = subtrees.map(({ height, index }) => {
    const width = 2 ** height;
    return { start: index * width, end: (index + 1) * width };
  });
  return rangeHashes(reader, ranges);
}
