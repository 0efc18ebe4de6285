/**
 * The shape of an RFC 6962 tree: which subtrees a root or a proof is made of. Sizes are plain numbers
 * up to 2^53, so there are no bit operations here, which would stop at 2^32.
 */

/** A complete subtree: 2^height leaves, the one number `index` from the left among those of its height. */
export interface Subtree {
  readonly height: number;
  readonly index: number;
}

/** The leaves from `start` on, up to and without `end`, counted from 0. */
export interface LeafRange {
  readonly start: number;
  readonly end: number;
}

/** @throws RangeError unless it is a whole number from 0 on */
export function checkedSize(size: number, what = 'size'): number {
  if (Number.isSafeInteger(size) && size >= 0) return size;
  throw new RangeError(`${what} must be a whole number from 0 on, not ${size}`);
}

/** The complete subtrees, from left to right, whose hashes make the hash of a range of a tree. */
export function subtreesOf({ start, end }: LeafRange): readonly Subtree[] {
  const subtrees: Subtree[] = [];
  for (let at = start; at < end; ) {
    let height = 0;
    let width = 1;
    for (; at + 2 * width <= end; width *= 2) height += 1;
    subtrees.push({ height, index: at / width });
    at += width;
  }
  return subtrees;
}

/**
 * The ranges whose hashes prove that a leaf stands in a tree, from the leaf up (RFC 6962, 2.1.1).
 * @throws RangeError where the tree has no such leaf
 */
export function inclusionRanges(index: number, size: number): readonly LeafRange[] {
  if (checkedSize(index, 'index') >= checkedSize(size)) {
    throw new RangeError(`a tree of size ${size} has no leaf ${index}`);
  }
  const ranges: LeafRange[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + leftWidth(end - start);
    if (index < middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  return ranges.reverse();
}

/**
 * The ranges whose hashes prove that a tree of size `to` begins with one of size `from` (RFC 6962,
 * 2.1.2). None are needed where both are the same or the first is empty.
 * @throws RangeError where the first is larger
 */
export function consistencyRanges(from: number, to: number): readonly LeafRange[] {
  if (checkedSize(from, 'from') > checkedSize(to, 'to')) {
    throw new RangeError(`a tree of size ${to} cannot begin with one of size ${from}`);
  }
  if (from === 0) return [];
  const ranges: LeafRange[] = [];
  let [start, end] = [0, to];
  while (from !== end) {
    const middle = start + leftWidth(end - start);
    if (from <= middle) {
      ranges.push({ start: middle, end });
      end = middle;
    } else {
      ranges.push({ start, end: middle });
      start = middle;
    }
  }
  // Where the old tree is a complete left edge of the new one, its verifier has its hash already.
  if (start > 0) ranges.push({ start, end });
  return ranges.reverse();
}

/** The largest power of two below `width`: how many leaves are left of a tree's middle. */
function leftWidth(width: number): number {
  let left = 1;
  while (left * 2 < width) left *= 2;
  return left;
}
