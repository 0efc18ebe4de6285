import { UnknownStoredEvent } from '../log/event-log.js';
import { loadCheckpoint } from './checkpoint.js';
import { type ConsumerOptions, ConsumerStopped, ConsumerWaits } from './consumer-options.js';
import { Follower } from './follower.js';
import { LEASE_RENEW_MS, type Lease } from './lease.js';
import { backoffMs, pause } from './pause.js';
import { storeTrouble } from './troubles.js';
import { untilAnswered } from './until-answered.js';

/** How long a consumer waits before it asks again whether its turn has come. */
const ACQUIRE_RETRY_MS = 500;

/** How long it gives newer processes the turn at an event that it does not know: doubling, up to this. */
const NEWER_RETRY_MIN_MS = 1_000;
const NEWER_RETRY_MAX_MS = 30_000;

/**
 * Follows the log from a checkpoint: batches in order, at least once, one active owner among all
 * processes. A batch that cannot be applied stops it loudly at that place, until an operator says what
 * to do; nothing is ever skipped otherwise. An event that it does not know is left to a newer process.
 */
export class Consumer {
  /** Why this process has stopped, until an operator answers; null while it works or waits for its turn. */
  stopped: ConsumerStopped | null = null;
  private waits: ConsumerWaits | null = null;
  private follower: Follower | null = null;
  private actsSeen = 0;

  constructor(private readonly options: ConsumerOptions) {}

  get name(): string {
    return this.options.name;
  }

  /** Everything up to here has taken effect; null while another process does the work. */
  get position(): number | null {
    return this.follower?.position ?? null;
  }

  /** What only a newer version can apply; null once that has happened, here or in another process. */
  get waiting(): ConsumerWaits | null {
    const { waits } = this;
    return waits !== null && (this.position ?? 0) < waits.position ? waits : null;
  }

  /** How many events of the log have not been passed yet, whichever process does it. */
  async lag(): Promise<number> {
    const { dataSource, name, log, startAfter } = this.options;
    const position = this.position ?? (await loadCheckpoint(dataSource, name, startAfter));
    return Math.max(0, (await log.head()) - position);
  }

  /** Works, waits to take over, or waits for an operator, until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { leases, name } = this.options;
    for (let failures = 0; !signal.aborted; ) {
      try {
        const lease = await leases.acquire(`consumer:${name}`);
        if (lease === null) {
          this.waits = null;
          await pause(ACQUIRE_RETRY_MS, signal, this.options.timers);
        } else await this.own(lease, signal);
        failures = 0;
      } catch (error) {
        failures += 1;
        if (error instanceof ConsumerStopped) {
          failures = 0;
          await this.stop(error, signal);
        } else if (error instanceof ConsumerWaits) await this.wait(error, failures, signal);
        else await this.interrupted(error, failures, signal);
      }
    }
  }

  private async stop(error: ConsumerStopped, signal: AbortSignal): Promise<void> {
    const { logger, name, onStopped } = this.options;
    const { position } = error;
    this.stopped = error;
    logger.error({ consumer: name, err: error, position, type: error.type }, 'consumer stopped');
    onStopped?.(error);
    await untilAnswered(this.options, position, this.actsSeen, signal);
    if (signal.aborted) return;
    this.stopped = null;
    logger.info({ consumer: name, position }, 'consumer goes on');
  }

  private async wait(error: ConsumerWaits, failures: number, signal: AbortSignal): Promise<void> {
    const { logger, name } = this.options;
    const { position, type } = error;
    const retryMs = Math.min(NEWER_RETRY_MIN_MS * 2 ** (failures - 1), NEWER_RETRY_MAX_MS);
    this.waits = error;
    const fields = { consumer: name, position, type, retryMs };
    logger.warn(fields, 'consumer waits for a newer version, which alone knows this event');
    await pause(retryMs, signal, this.options.timers);
  }

  private async interrupted(error: unknown, failures: number, signal: AbortSignal): Promise<void> {
    const { logger, name } = this.options;
    logger.warn({ consumer: name, err: error, failures }, 'consumer interrupted, trying again');
    await pause(backoffMs(failures), signal, this.options.timers);
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
    } catch (error) {
      throw await this.stored(error, lease);
    } finally {
      this.actsSeen = follower.actsSeen;
      this.follower = null;
      over.abort();
      await renewing;
      // Where this fails, the lease ends by itself.
      await leases.release([lease]).catch(() => {});
    }
  }

  /** The error, after what it says was stored for operators to see. */
  private async stored(error: unknown, lease: Lease): Promise<unknown> {
    const { dataSource, leases, name, skips } = this.options;
    const trouble =
      // Its own stream may hold acts that only a newer version knows.
      error instanceof UnknownStoredEvent ? new ConsumerWaits(name, error.position, error) : error;
    if (trouble instanceof ConsumerStopped || trouble instanceof ConsumerWaits) {
      const mayBeSkipped = skips !== 'never';
      await storeTrouble(dataSource, trouble, { lease, owner: leases.owner, mayBeSkipped });
    }
    return trouble;
  }

  private async keepRenewing(lease: Lease, over: AbortController): Promise<void> {
    const { leases, logger, name } = this.options;
    for (;;) {
      await pause(LEASE_RENEW_MS, over.signal, this.options.timers);
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
