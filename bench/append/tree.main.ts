import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Leases, LogListener, openPool, openReadModels, TreeBuilder } from '@bulkhead/event-store';
import { noteSigner } from '@bulkhead/event-store/proof';
import type { TreeOrder, TreeReport } from './tree-process.js';

const ORIGIN = 'bench.example/bulkhead';
const CATCH_UP_TIMEOUT_MS = 60_000;
const POLL_MS = 10;
const SILENT = { info: () => {}, warn: () => {}, error: () => {} };

/**
 * What a worker does beside every append: it listens, builds the Merkle tree and signs heads, with the
 * times of production. BENCH_URL is the worker's, BENCH_FOLDER is where heads go.
 */
class TreeBeside {
  private stopping: AbortController | null = null;
  private ended: Promise<void> = Promise.resolve();

  private constructor(private readonly builder: TreeBuilder) {}

  static async open(url: string, headFolder: string): Promise<TreeBeside> {
    const pool = openPool({ url, applicationName: 'bench-tree' });
    const listener = new LogListener(url);
    listener.start();
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
    const signer = noteSigner(ORIGIN, pem);
    const builder = new TreeBuilder({
      pool,
      dataSource: await openReadModels({ url, applicationName: 'bench-tree-rows' }),
      leases: new Leases({ pool, owner: randomUUID() }),
      listener,
      logger: SILENT,
      clock: () => Date.now(),
      steadyClock: () => performance.now(),
      signer,
      verifiers: () => [signer.verifier],
      headFolder,
    });
    return new TreeBeside(builder);
  }

  /** Answers how many events it was behind when it was asked. */
  async carryOut(order: TreeOrder): Promise<number> {
    const behind = await this.behind();
    if (order === 'stop') {
      this.stopping?.abort();
      this.stopping = null;
      await this.ended;
      return behind;
    }
    if (this.stopping === null) {
      this.stopping = new AbortController();
      this.ended = this.builder.run(this.stopping.signal).catch(fail);
    }
    const giveUpAt = performance.now() + CATCH_UP_TIMEOUT_MS;
    while ((await this.behind()) > 0) {
      if (performance.now() > giveUpAt) throw new Error('the tree does not catch up with the log');
      await sleep(POLL_MS);
    }
    return behind;
  }

  private async behind(): Promise<number> {
    const { head, treeSize } = await this.builder.status();
    return head - treeSize;
  }
}

function report(message: TreeReport): void {
  if (process.connected) process.send?.(message);
}

function fail(error: unknown): void {
  report({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
}

async function serve(): Promise<void> {
  process.once('disconnect', () => process.exit());
  const url = process.env['BENCH_URL'] ?? '';
  const beside = await TreeBeside.open(url, process.env['BENCH_FOLDER'] ?? '');
  process.on('message', (order: TreeOrder) => {
    beside.carryOut(order).then((behind) => report({ behind }), fail);
  });
  report({ behind: 0 });
}

serve().catch(fail);
