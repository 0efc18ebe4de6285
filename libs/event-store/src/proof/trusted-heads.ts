import { fault, type LogFault } from './log-fault.js';
import type { TreeHead } from './tree-head.js';

/** Heads whose signatures were checked: all of them at once, or one after the other in order of size. */
export type HeadSource = readonly TreeHead[] | AsyncIterable<TreeHead>;

/** Heads in the order of their sizes, each waiting for the log to reach it. None is kept any longer. */
export class TrustedHeads {
  /** How many sizes the log was found to agree with. */
  matched = 0;
  /** The last one that agreed. */
  lastMatched: TreeHead | null = null;
  /** Two heads that cannot both be true; null where none were met. */
  forked: LogFault | null = null;
  private upcoming: TreeHead | null = null;
  private following: TreeHead | null = null;

  private constructor(private readonly source: AsyncIterator<TreeHead>) {}

  /** Heads below `from` say nothing about what comes after it. */
  static async open(heads: HeadSource, from: number): Promise<TrustedHeads> {
    const isStream = Symbol.asyncIterator in heads;
    const sorted = isStream ? [] : [...heads].sort((a, b) => a.size - b.size);
    const inOrder = isStream ? heads : each(sorted);
    const opened = new TrustedHeads(atLeast(from, inOrder));
    opened.following = await opened.read();
    await opened.advance();
    // Of those at hand, two that disagree are told before anything is read.
    opened.forked ??= forkAmong(sorted.filter(({ size }) => size >= from));
    return opened;
  }

  /** The size of the last one that agreed. */
  get coveredThrough(): number {
    return this.lastMatched?.size ?? 0;
  }

  next(): TreeHead | null {
    return this.upcoming;
  }

  /** Reads on to the largest of them. */
  async last(): Promise<TreeHead | null> {
    let last = this.upcoming ?? this.lastMatched;
    for (; this.upcoming !== null; await this.advance()) last = this.upcoming;
    return last;
  }

  /** Whether the next head has this root; if so, the one after it is next. */
  async match(rootHash: Buffer): Promise<boolean> {
    const head = this.upcoming;
    if (head === null || !head.rootHash.equals(rootHash)) return false;
    this.matched += 1;
    this.lastMatched = head;
    await this.advance();
    return true;
  }

  /** @throws RangeError where a stream of heads is not in order of size */
  private async advance(): Promise<void> {
    const before = this.upcoming?.size ?? 0;
    const head = this.following;
    this.upcoming = head;
    if (head === null) return;
    for (;;) {
      const other = await this.read();
      this.following = other;
      if (other === null || other.size > head.size) return;
      if (other.size < head.size) {
        throw new RangeError(`a head of ${other.size} comes after one of ${head.size}`);
      }
      if (!other.rootHash.equals(head.rootHash)) this.forked ??= forkFault(before, head.size);
    }
  }

  private async read(): Promise<TreeHead | null> {
    const { done, value } = await this.source.next();
    return done === true ? null : value;
  }
}

async function* each(heads: readonly TreeHead[]): AsyncGenerator<TreeHead> {
  yield* heads;
}

async function* atLeast(
  from: number,
  heads: AsyncIterable<TreeHead>,
): AsyncGenerator<TreeHead, undefined> {
  for await (const head of heads) if (head.size >= from) yield head;
}

function forkAmong(sorted: readonly TreeHead[]): LogFault | null {
  const second = sorted.find(({ size, rootHash }, nr) => {
    const before = sorted[nr - 1];
    return before?.size === size && !before.rootHash.equals(rootHash);
  });
  if (second === undefined) return null;
  const before = sorted.findLast(({ size }) => size < second.size)?.size ?? 0;
  return forkFault(before, second.size);
}

function forkFault(before: number, size: number): LogFault {
  const message = `two trusted heads of size ${size} have different roots: the log has shown two histories`;
  return fault('forked-heads', before + 1, message, size);
}
