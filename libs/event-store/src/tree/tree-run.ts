import type pg from 'pg';
import { loadCheckpoint, moveCheckpoint } from '../consumers/checkpoint.js';
import type { Lease } from '../consumers/lease.js';
import { pause } from '../consumers/pause.js';
import { READ_LIMIT_MAX } from '../log/event-log.js';
import { readHead } from '../log/read-all.js';
import { LeafWriter } from '../proof/canonical-leaf.js';
import type { RawEntry } from '../proof/raw-entry.js';
import { TileBuilder } from '../proof/tile-builder.js';
import { MissingTile } from '../proof/tiles.js';
import { type SignedTreeHead, signTreeHead } from '../proof/tree-head.js';
import type { HeadFiles } from './head-files.js';
import { HeadGuard, trustedHead } from './head-guard.js';
import { LogOrder } from './log-order.js';
import { readRawEntries, readRawPage } from './read-raw-entries.js';
import { type StoredTree, TREE_CONSUMER } from './stored-tree.js';
import type { TreeBuilderOptions, TreeTimes } from './tree-options.js';
import { TreeStopped } from './tree-stopped.js';
import { writeHead, writeTiles } from './write-tree.js';

const BATCH_LIMIT = 2_000;
/** A batch that stalls longer, because its process is suspended, is rolled back by Postgres. */
const IDLE_IN_TRANSACTION_MAX_MS = 10_000;

export interface TreeRunOptions extends TreeBuilderOptions {
  readonly tree: StoredTree;
  readonly files: HeadFiles;
  readonly times: TreeTimes;
  readonly lease: Lease;
}

/** The work of a tree builder while it owns the lease. */
export class TreeRun {
  private readonly leaves = new LeafWriter();
  private readonly limit: number;
  /** By the steady clock. */
  private lastSignedMs = Number.NEGATIVE_INFINITY;

  private constructor(
    private readonly options: TreeRunOptions,
    private readonly builder: TileBuilder,
    private readonly order: LogOrder,
    private readonly guard: HeadGuard,
    private signed: SignedTreeHead | null,
  ) {
    this.limit = Math.min(options.batchLimit ?? BATCH_LIMIT, READ_LIMIT_MAX);
  }

  /** Goes on where the stored tree ends. @throws TreeStopped where what is stored cannot be trusted */
  static async open(options: TreeRunOptions): Promise<TreeRun> {
    const { dataSource, files, tree, verifiers } = options;
    const size = await loadCheckpoint(dataSource, TREE_CONSUMER);
    const stored = await tree.latestHead();
    const signed = trustedHead(stored, verifiers());
    const guard = new HeadGuard(tree, [signed, await files.latest()]);
    const builder = await TileBuilder.open(tree, size).catch((error: unknown) => {
      if (!(error instanceof MissingTile)) throw error;
      throw new TreeStopped(`the stored tree is damaged: ${error.message}`, { cause: error });
    });
    const isAllowed = await guard.allows(size, false);
    // An owner that was killed may have stored a head without exporting it.
    if (isAllowed && signed !== null && stored !== null) {
      await files.export({ ...signed, signedAtMs: stored.signedAtMs });
    }
    const order = new LogOrder(size, await lastEntry(options.pool, size));
    return new TreeRun(options, builder, order, guard, signed);
  }

  /** Returns when the signal aborts. @throws TreeStopped, CheckpointRefused; lost connections also pass */
  async follow(signal: AbortSignal): Promise<void> {
    const { listener, pool, times } = this.options;
    for (let isQuiet = false; !signal.aborted; ) {
      const heard = listener.growths;
      const after = { afterPosition: this.builder.size, limit: this.limit };
      const { entries, isLast: isWholeLog } = await readRawPage(pool, after);
      if (entries.length > 0) await this.grow(entries);
      else await this.expectWholeLog();
      await this.signIfDue(isQuiet, isWholeLog);
      if (!isWholeLog) continue;
      if (entries.length > 0) await pause(times.batchPauseMs, signal);
      else await listener.waitForGrowth(times.quietMs, signal, heard);
      isQuiet = entries.length === 0 && listener.growths === heard;
    }
    // Whoever stops a worker looks at its last head next; a lease that was lost lets nothing through.
    await this.signIfDue(true, false);
  }

  /** Nothing comes after the tree's last event; but that one must still be there. */
  private async expectWholeLog(): Promise<void> {
    const { size } = this.builder;
    const logHead = await readHead(this.options.pool);
    if (logHead >= size) return;
    throw new TreeStopped(
      `the log ends at position ${logHead}, but its tree has ${size} leaves: its end was cut off, or an older copy was put in its place`,
    );
  }

  /** Tiles and checkpoint commit together. A crash may undo the last of it, and then it is made again. */
  private async grow(entries: readonly RawEntry[]): Promise<void> {
    const { builder, leaves, order } = this;
    const from = builder.size;
    for (const entry of entries) {
      order.expect(entry);
      builder.appendText(leaves.leaf(entry));
    }
    const { dataSource } = this.options;
    await dataSource.transaction(async (transaction) => {
      await transaction.query('SET LOCAL synchronous_commit TO off');
      await transaction.query(
        `SET LOCAL idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MAX_MS}`,
      );
      await writeTiles(transaction, builder.takeTiles());
      await moveCheckpoint(transaction, { ...this.owned(), from, to: builder.size });
    });
  }

  private async signIfDue(isQuiet: boolean, isWholeLog: boolean): Promise<void> {
    const { signer, steadyClock, times } = this.options;
    const isAllowed = await this.guard.allows(this.builder.size, isWholeLog);
    const isNew =
      this.signed?.size !== this.builder.size ||
      !this.signed.signedBy.some(({ keyId }) => keyId.equals(signer.verifier.keyId));
    const isDue = isQuiet || steadyClock() - this.lastSignedMs >= times.headIntervalMs;
    if (isAllowed && isNew && isDue) await this.sign();
  }

  /** Stored first, under the lease and flushed with the tiles below it, and only then shown to the world. */
  private async sign(): Promise<void> {
    const { builder, options } = this;
    const { size } = builder;
    const head = signTreeHead({ size, rootHash: builder.root() }, options.signer);
    const dated = { ...head, signedAtMs: options.clock() };
    await options.dataSource.transaction(async (transaction) => {
      // What the world has seen must not be undone by a crash, whatever the session's default says.
      await transaction.query('SET LOCAL synchronous_commit TO on');
      await moveCheckpoint(transaction, { ...this.owned(), from: size, to: size });
      await writeHead(transaction, dated);
    });
    await options.files.export(dated);
    this.signed = head;
    this.lastSignedMs = options.steadyClock();
  }

  private owned() {
    const { lease, leases } = this.options;
    return { name: TREE_CONSUMER, lease, owner: leases.owner };
  }
}

/** The entry that the tree ends with; null where it is empty or that entry is gone. */
async function lastEntry(pool: pg.Pool, treeSize: number): Promise<RawEntry | null> {
  if (treeSize === 0) return null;
  const [entry] = await readRawEntries(pool, { afterPosition: treeSize - 1, limit: 1 });
  return entry?.position === treeSize ? entry : null;
}
