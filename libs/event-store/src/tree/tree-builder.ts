import { CheckpointRefused } from '../consumers/checkpoint.js';
import type { Lease } from '../consumers/lease.js';
import { pause } from '../consumers/pause.js';
import { HeadFiles } from './head-files.js';
import { HeadGuard, trustedHead } from './head-guard.js';
import { holdLease } from './hold-lease.js';
import { StoredTree, TREE_CONSUMER, type TreeStatus } from './stored-tree.js';
import { TREE_TIMES, type TreeBuilderOptions, type TreeTimes } from './tree-options.js';
import { TreeRun } from './tree-run.js';
import { TreeStopped } from './tree-stopped.js';

/** How long a builder that stands by waits before it asks again whether its turn has come. */
const ACQUIRE_RETRY_MS = 500;

/**
 * Grows the Merkle tree with the log and signs its heads. One process does it; the others stand by, keep
 * copies of the heads in their own folders, and watch that the log continues them.
 */
export class TreeBuilder {
  readonly name = TREE_CONSUMER;
  /** Why it stopped for good; null while it works or stands by. */
  stopped: TreeStopped | null = null;
  private readonly tree: StoredTree;
  private readonly files: HeadFiles;
  private readonly times: TreeTimes;

  constructor(private readonly options: TreeBuilderOptions) {
    this.tree = new StoredTree(options.pool);
    this.files = new HeadFiles(options.headFolder, options.verifiers);
    this.times = { ...TREE_TIMES, ...options.times };
  }

  /** How far tree and heads are behind the log, whichever process builds them. */
  status(): Promise<TreeStatus> {
    return this.tree.status();
  }

  /**
   * Works, or stands by, until the signal aborts.
   * @throws TreeStopped where the log is not the one that was signed; lost connections also pass
   */
  async run(signal: AbortSignal): Promise<void> {
    this.stopped = null;
    try {
      await this.takeTurns(signal);
    } catch (error) {
      if (error instanceof TreeStopped) this.stopped = error;
      throw error;
    }
  }

  private async takeTurns(signal: AbortSignal): Promise<void> {
    const { leases, logger } = this.options;
    for (let standbyMs = 0; !signal.aborted; ) {
      const lease = await leases.acquire(`consumer:${TREE_CONSUMER}`);
      if (lease !== null) {
        logger.info({ consumer: this.name, epoch: lease.epoch }, 'the tree is built here');
        await holdLease(leases, lease, signal, (working) => this.build(lease, working));
        standbyMs = 0;
      } else if (standbyMs % this.times.headIntervalMs < ACQUIRE_RETRY_MS) await this.witness();
      await pause(ACQUIRE_RETRY_MS, signal);
      standbyMs += ACQUIRE_RETRY_MS;
    }
  }

  private async build(lease: Lease, signal: AbortSignal): Promise<void> {
    const { options, tree, files, times } = this;
    try {
      const run = await TreeRun.open({ ...options, tree, files, times, lease });
      await run.follow(signal);
    } catch (error) {
      if (!(error instanceof CheckpointRefused)) throw error;
      options.logger.warn({ consumer: this.name, err: error }, 'the tree was taken over');
    }
  }

  /** Copies the newest head from the database, but only if it continues the one that is here. */
  private async witness(): Promise<void> {
    const stored = await this.tree.latestHead();
    const head = trustedHead(stored, this.options.verifiers());
    const exported = await this.files.latest();
    const { head: logHead, treeSize } = await this.tree.status();
    // The tree may be on its way again to what was signed; the log itself must be there.
    const isWholeLog = treeSize >= logHead;
    const guard = new HeadGuard(this.tree, [exported, head]);
    if (!(await guard.allows(treeSize, isWholeLog)) || head === null || stored === null) return;
    await this.files.export({ ...head, signedAtMs: stored.signedAtMs });
  }
}
