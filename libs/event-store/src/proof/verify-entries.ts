import { LeafWriter } from './canonical-leaf.js';
import { EntryChecks } from './entry-checks.js';
import { fault, type LogFault } from './log-fault.js';
import { OpenGap } from './open-gap.js';
import { MalformedEntry, type RawEntry } from './raw-entry.js';
import { StoredTreeChecks } from './stored-tree-checks.js';
import { TILE_HEIGHT, type TileReader } from './tiles.js';
import { type EdgeSubtree, TreeEdge } from './tree-edge.js';
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
  | {
      readonly ok: false;
      readonly size: number;
      readonly fault: LogFault;
      /** The head that does not agree; null where the fault shows without any. */
      readonly head: TreeHead | null;
    };

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
  if (found === null) return run.success();
  return { ok: false, size: run.size, fault: found, head: run.disagreeing };
}

async function readAll({ entries, onProgress }: VerifyOptions, run: Verification) {
  const gap = new OpenGap();
  try {
    for await (const entry of entries) {
      if (gap.fault !== null) {
        if (gap.isExplainedBy(entry)) return gap.fault;
        continue;
      }
      const found = await run.add(entry);
      if (found !== null && found.kind !== 'gap') return found;
      gap.fault = found;
      if (run.size % PROGRESS_ENTRIES === 0) onProgress?.(run.size);
    }
  } catch (error) {
    if (!(error instanceof MalformedEntry)) throw error;
    if (gap.fault !== null) return gap.fault;
    return run.worse(fault('malformed', run.size + 1, `after ${run.size}: ${error.message}`));
  }
  return gap.fault;
}

function edgeOf({ start }: VerifyOptions): TreeEdge {
  return start === undefined ? TreeEdge.empty() : TreeEdge.from(start.size, start.edge);
}

class Verification {
  /** The head that was found not to agree. */
  disagreeing: TreeHead | null = null;
  private readonly checks: EntryChecks;
  private readonly stored: StoredTreeChecks | null;
  private readonly writer = new LeafWriter();
  private completed: EdgeSubtree[] = [];

  constructor(
    { storedTree, streamsMax }: VerifyOptions,
    private readonly edge: TreeEdge,
    private readonly heads: TrustedHeads,
  ) {
    if (this.edge.size > 0 && this.heads.next()?.size !== this.edge.size) {
      throw new RangeError(`no trusted head of size ${this.edge.size} vouches for the start`);
    }
    this.checks = new EntryChecks(this.edge.size, streamsMax);
    this.stored = storedTree === undefined ? null : new StoredTreeChecks(storedTree);
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
    await this.grow(hashLeafText(this.writer.leaf(entry)));
    // Most entries end no head, and are not to wait for anything.
    return this.endsAHead() ? this.compareWithHead() : null;
  }

  async finish(): Promise<LogFault | null> {
    const changed = this.stored?.changedEntry ?? null;
    if (changed !== null) return changed;
    if (this.heads.next() === null) return this.stored?.treeFault ?? null;
    const head = (await this.heads.last()) as TreeHead;
    if (this.heads.forked !== null) return this.heads.forked;
    this.disagreeing = head;
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
    return this.stored?.changedEntry ?? found;
  }

  private async grow(leafHash: Buffer): Promise<void> {
    const { edge, stored } = this;
    if (stored === null) return edge.append(leafHash);
    await stored.compareLeaf(edge.size, leafHash);
    edge.append(leafHash, (subtree) => {
      if (subtree.height % TILE_HEIGHT === 0) this.completed.push(subtree);
    });
    if (this.completed.length === 0) return;
    for (const { height, hash } of this.completed) {
      await stored.compareSubtree(edge.size, height, hash);
    }
    this.completed = [];
  }

  /** A head is the judge: entries that have its root are right, and then the stored tree is not. */
  private async compareWithHead(): Promise<LogFault | null> {
    const from = this.heads.coveredThrough + 1;
    const head = this.heads.next();
    if (!(await this.heads.match(this.edge.root()))) {
      this.disagreeing = head;
      return this.worse(fault('root-differs', from, rewritten(from, this.size), this.size));
    }
    this.stored?.confirm(this.size);
    return this.heads.forked;
  }

  private endsAHead(): boolean {
    return this.heads.next()?.size === this.size;
  }
}

function rewritten(from: number, through: number): string {
  if (from >= through) return `position ${through} is not what was signed: it was rewritten`;
  return `positions ${from} to ${through} are not what was signed: something among them was rewritten, and every hash after it with it`;
}
