import { loadCheckpoint } from './checkpoint.js';
import { type ConsumerOptions, ConsumerStopped } from './consumer-options.js';
import { Follower } from './follower.js';
import { LEASE_RENEW_MS, type Lease } from './lease.js';
import { backoffMs, pause } from './pause.js';

/** How long a consumer waits before it asks again whether its turn has come. */
const ACQUIRE_RETRY_MS = 500;

/**
 * Follows the log from a checkpoint: batches in order, at least once, one active owner among all
 * processes. A batch that cannot be applied stops it loudly at that place; nothing is ever skipped.
 */
export class Consumer {
  /** Why it stopped for good; null while it works or waits for its turn. */
  stopped: ConsumerStopped | null = null;
  private follower: Follower | null = null;

  constructor(private readonly options: ConsumerOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** Everything up to here has taken effect; null while another process does the work. */
  get position(): number | null {
    return this.follower?.position ?? null;
  }

  /** How many events of the log have not been passed yet, whichever process does it. */
  async lag(): Promise<number> {
    const { dataSource, name, log } = this.options;
    const position = this.position ?? (await loadCheckpoint(dataSource, name));
    return Math.max(0, (await log.head()) - position);
  }

  /** Works, or waits to take over, until the signal aborts or an event cannot be applied. */
  async run(signal: AbortSignal): Promise<void> {
    const { leases, name } = this.options;
    for (let failures = 0; !signal.aborted && this.stopped === null; ) {
      try {
        const lease = await leases.acquire(`consumer:${name}`);
        if (lease === null) await pause(ACQUIRE_RETRY_MS, signal);
        else await this.own(lease, signal);
        failures = 0;
      } catch (error) {
        failures += 1;
        if (error instanceof ConsumerStopped) this.stop(error);
        else await this.interrupted(error, failures, signal);
      }
    }
  }

  private stop(error: ConsumerStopped): void {
    const { logger, name, onStopped } = this.options;
    this.stopped = error;
    logger.error({ consumer: name, err: error, position: error.position }, 'consumer stopped');
    onStopped?.(error);
  }

  private async interrupted(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
    const { logger, name } = this.options;
    logger.warn({ consumer: name, err: error, failures }, 'consumer interrupted, trying again');
    await pause(backoffMs(failures), signal);
  }

  /** Renews the lease beside the work, ends the work when the lease is lost, gives it up at the end. */
  private async own(lease: Lease, signal: AbortSignal): Promise<void> {
    const { leases, logger, name } = this.options;
    const over = new AbortController();
    const working = AbortSignal.any([signal, over.signal]);
    const renewing = this.keepRenewing(lease, over);
    const follower = new Follower(this.options, lease);
    this.follower = follower;
    logger.info({ consumer: name, epoch: lease.epoch }, 'consumer owns its lease');
    try {
      await follower.follow(working);
    } finally {
      this.follower = null;
      over.abort();
      await renewing;
      // Where this fails, the lease ends by itself.
      await leases.release([lease]).catch(() => {});
    }
  }

  private async keepRenewing(lease: Lease, over: AbortController): Promise<void> {
    const { leases, logger, name } = this.options;
    for (;;) {
      await pause(LEASE_RENEW_MS, over.signal);
      if (over.signal.aborted) return;
      try {
        if ((await leases.renew([lease])).length > 0) continue;
        logger.warn({ consumer: name, epoch: lease.epoch }, 'consumer lost its lease');
        over.abort();
      } catch (error) {
        // The next try may come in time; until then the epoch guards the checkpoint.
        logger.warn({ consumer: name, err: error }, 'consumer could not renew its lease');
      }
    }
  }
}
