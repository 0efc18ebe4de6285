import { LeafWriter } from './canonical-leaf.js';
import { EntryChecks } from './entry-checks.js';
import { fault, type LogFault } from './log-fault.js';
import { MalformedEntry, type RawEntry } from './raw-entry.js';
import { StoredLeaves } from './stored-leaves.js';
import type { TileReader } from './tiles.js';
import { TreeEdge } from './tree-edge.js';
import { hashLeafText } from './tree-hash.js';
import type { TreeHead } from './tree-head.js';
import { type HeadSource, TrustedHeads } from './trusted-heads.js';

export interface VerifyOptions {
  /** The log in its order, from the first entry, or from the one after `start`. Read once, never kept. */
  readonly entries: AsyncIterable<RawEntry>;
  /**
   * Heads whose signatures were checked (`openTreeHead`): a few in any order, or as many as there are one
   * after the other in order of size, which are read once and never kept. Without any, only damage within
   * shows.
   */
  readonly heads: HeadSource;
  /** The stored tree, where it is at hand: it names the very position at which entries were changed. */
  readonly storedTree?: TileReader;
  /** Where to begin. A head of this very size must be among the trusted ones: it vouches for the edge. */
  readonly start?: { readonly size: number; readonly edge: readonly Buffer[] };
  /** Called every few hundred entries with the position reached. */
  readonly onProgress?: (position: number) => void;
  readonly streamsMax?: number;
}

/** What a check has found. Entries after `coveredThrough` are in order, but no trusted head covers them. */
export type Verdict =
  | {
      readonly ok: true;
      readonly size: number;
      readonly rootHash: Buffer;
      readonly headsMatched: number;
      readonly coveredThrough: number;
      /** The head of that size; null where none was reached. */
      readonly lastHead: TreeHead | null;
    }
  | { readonly ok: false; readonly size: number; readonly fault: LogFault };

const PROGRESS_ENTRIES = 500;

/**
 * Reads a log from end to end, computes its tree anew and compares it with the heads that somebody
 * kept. Says the first bad position and what is wrong with it. Memory does not grow with the log.
 * @throws RangeError where `start` has no edge of that size, or no trusted head of that size, or where
 *   heads that come one after the other are not in order
 */
export async function verifyEntries(options: VerifyOptions): Promise<Verdict> {
  const edge = edgeOf(options);
  const run = new Verification(options, edge, await TrustedHeads.open(options.heads, edge.size));
  const found = (await run.begin()) ?? (await readAll(options, run)) ?? (await run.finish());
  return found === null ? run.success() : { ok: false, size: run.size, fault: found };
}

async function readAll({ entries, onProgress }: VerifyOptions, run: Verification) {
  try {
    for await (const entry of entries) {
      const found = await run.add(entry);
      if (found !== null) return found;
      if (run.size % PROGRESS_ENTRIES === 0) onProgress?.(run.size);
    }
  } catch (error) {
    if (!(error instanceof MalformedEntry)) throw error;
    return run.worse(fault('malformed', run.size + 1, `after ${run.size}: ${error.message}`));
  }
  return null;
}

function edgeOf({ start }: VerifyOptions): TreeEdge {
  return start === undefined ? TreeEdge.empty() : TreeEdge.from(start.size, start.edge);
}

class Verification {
  private readonly checks: EntryChecks;
  private readonly leaves: StoredLeaves | null;
  private readonly writer = new LeafWriter();
  /** The first entry that the stored tree has otherwise, until a head says which of the two is right. */
  private doubt: LogFault | null = null;
  /** What is wrong with the stored tree only; told when nothing is wrong with the log. */
  private treeFault: LogFault | null = null;

  constructor(
    { storedTree, streamsMax }: VerifyOptions,
    private readonly edge: TreeEdge,
    private readonly heads: TrustedHeads,
  ) {
    if (this.edge.size > 0 && this.heads.next()?.size !== this.edge.size) {
      throw new RangeError(`no trusted head of size ${this.edge.size} vouches for the start`);
    }
    this.checks = new EntryChecks(this.edge.size, streamsMax);
    this.leaves = storedTree === undefined ? null : new StoredLeaves(storedTree);
  }

  get size(): number {
    return this.edge.size;
  }

  async begin(): Promise<LogFault | null> {
    if (this.heads.forked !== null || !this.endsAHead()) return this.heads.forked;
    return this.compareWithHead();
  }

  async add(entry: RawEntry): Promise<LogFault | null> {
    const found = this.checks.check(entry);
    if (found !== null) return this.worse(found);
    const leafHash = hashLeafText(this.writer.leaf(entry));
    await this.compareWithTree(leafHash);
    this.edge.append(leafHash);
    // Most entries end no head, and are not to wait for anything.
    return this.endsAHead() ? this.compareWithHead() : null;
  }

  async finish(): Promise<LogFault | null> {
    if (this.doubt !== null) return this.doubt;
    if (this.heads.next() === null) return this.treeFault;
    const head = (await this.heads.last()) as TreeHead;
    if (this.heads.forked !== null) return this.heads.forked;
    const message = `the log ends at position ${this.size}, but a trusted head covers ${head.size}: the tail was cut off, or this is an older copy`;
    return fault('truncated', this.size + 1, message, head.size);
  }

  success(): Verdict {
    const { matched: headsMatched, coveredThrough, lastMatched: lastHead } = this.heads;
    const rootHash = this.edge.root();
    return { ok: true, size: this.size, rootHash, headsMatched, coveredThrough, lastHead };
  }

  /** Whatever stands before it and was only doubted until now is the first fault. */
  worse(found: LogFault): LogFault {
    return this.doubt ?? found;
  }

  private async compareWithTree(leafHash: Buffer): Promise<void> {
    if (this.leaves === null || this.doubt !== null) return;
    if (!(await this.leaves.differ(this.size, leafHash))) return;
    const position = this.size + 1;
    const message = `position ${position} is not the entry that the tree was built from`;
    this.doubt = fault('leaf-differs', position, message);
  }

  /** A head is the judge: entries that have its root are right, and then the stored tree is not. */
  private async compareWithHead(): Promise<LogFault | null> {
    const from = this.heads.coveredThrough + 1;
    if (!(await this.heads.match(this.edge.root()))) {
      const message = `positions ${from} to ${this.size} are not what was signed: something among them was rewritten, and every hash after it with it`;
      return this.worse(fault('root-differs', from, message, this.size));
    }
    if (this.doubt !== null) {
      const message = `the entry at position ${this.doubt.position} is the one that was signed, but the stored tree has another hash for it`;
      this.treeFault ??= fault('stored-tree-differs', this.doubt.position, message);
      this.doubt = null;
    }
    return this.heads.forked;
  }

  private endsAHead(): boolean {
    return this.heads.next()?.size === this.size;
  }
}
