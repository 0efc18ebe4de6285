import { fault, type LogFault } from './log-fault.js';
import type { TreeHead } from './tree-head.js';

/** Heads in the order of their sizes, each waiting for the log to reach it. */
export class TrustedHeads {
  /** How many of them the log was found to agree with. */
  matched = 0;
  /** The size of the last one that agreed. */
  coveredThrough = 0;
  /** Two of them that cannot both be true; null where there are none. */
  readonly forked: LogFault | null;
  private readonly heads: readonly TreeHead[];

  /** Heads below `from` say nothing about what comes after it. */
  constructor(heads: readonly TreeHead[], from: number) {
    const sorted = heads.filter(({ size }) => size >= from).sort((a, b) => a.size - b.size);
    this.heads = sorted.filter(({ size }, nr) => sorted[nr - 1]?.size !== size);
    this.forked = forkAmong(sorted);
  }

  /** The largest of them. */
  last(): TreeHead | null {
    return this.heads.at(-1) ?? null;
  }

  next(): TreeHead | null {
    return this.heads[this.matched] ?? null;
  }

  /** Whether the next head has this root; if so, the one after it is next. */
  match(rootHash: Buffer): boolean {
    const head = this.next();
    if (head === null || !head.rootHash.equals(rootHash)) return false;
    this.matched += 1;
    this.coveredThrough = head.size;
    return true;
  }
}

function forkAmong(sorted: readonly TreeHead[]): LogFault | null {
  const second = sorted.find(({ size, rootHash }, nr) => {
    const before = sorted[nr - 1];
    return before?.size === size && !before.rootHash.equals(rootHash);
  });
  if (second === undefined) return null;
  const before = sorted.findLast(({ size }) => size < second.size)?.size ?? 0;
  const message = `two trusted heads of size ${second.size} have different roots: the log has shown two histories`;
  return fault('forked-heads', before + 1, message, second.size);
}
