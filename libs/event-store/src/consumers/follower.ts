import { BrokenInvariant, type RecordedEvent } from '@bulkhead/domain';
import type { EntityManager } from 'typeorm';
import { READ_LIMIT_MAX, UnknownStoredEvent } from '../log/event-log.js';
import { type Look, lookOn } from '../log/look-on.js';
import { UnreadableStoredEvent } from '../log/unreadable-event.js';
import { troubleOf } from '../postgres-trouble.js';
import { CheckpointRefused, loadCheckpoint, moveCheckpoint } from './checkpoint.js';
import { isConnectionLoss } from './connection-loss.js';
import { type ConsumerOptions, ConsumerStopped, ConsumerWaits } from './consumer-options.js';
import type { Lease } from './lease.js';
import { backoffMs, pause } from './pause.js';
import { Skips } from './skips.js';

const BATCH_LIMIT = 1_000;
const POLL_MS = 1_000;
/** Tries of one batch before its fault counts as permanent; a lost connection does not count. */
export const APPLY_ATTEMPTS_MAX = 6;
/** A batch that stalls longer, because its process is suspended, is rolled back by Postgres. */
const IDLE_IN_TRANSACTION_MAX_MS = 10_000;
/** Positions without a wanted event are worth a checkpoint of their own once there are many, or time. */
const SKIPPED_SAVE_EVENTS = 100;
/** Whoever waits until a position was passed looks at the checkpoint, so it is never left behind for long. */
const SKIPPED_SAVE_MS = 100;
const SKIPPED_SAVE_ROUNDS = 5;
/**
 * A log that grew by so many events since the last look is busy, and what comes within the next moment is
 * gathered: one batch instead of ten costs a tenth of the round trips and commits, and writes a row that
 * changes often once. A single event waits for nobody.
 */
export const BUSY_EVENTS = 20;
export const GATHER_MS = 20;

/** The work of a consumer while it owns its lease: read, apply, move the checkpoint. */
export class Follower {
  /** Everything up to here has taken effect. */
  position = 0;
  private savedPosition = 0;
  private readonly limit: number;
  /** How often the log was read since positions were passed that are not saved yet. */
  private unsavedRounds = 0;
  /** Events still to be applied one by one, because a fault is among them and must be found. */
  private cautious = 0;
  private skips: Skips | null = null;

  constructor(
    private readonly options: ConsumerOptions,
    private readonly lease: Lease,
  ) {
    this.limit = Math.min(options.batchLimit ?? BATCH_LIMIT, READ_LIMIT_MAX);
  }

  /** How many acts of operators this work began with. */
  get actsSeen(): number {
    return this.skips?.actsSeen ?? 0;
  }

  /**
   * Returns when the signal aborts or somebody else has taken over.
   * @throws ConsumerStopped at an event that cannot be applied, ConsumerWaits at one that only a newer
   * version knows; other errors may pass
   */
  async follow(signal: AbortSignal): Promise<void> {
    const { dataSource, listener, name, startAfter, pollMs = POLL_MS } = this.options;
    this.position = await loadCheckpoint(dataSource, name, startAfter);
    this.savedPosition = this.position;
    this.skips = await Skips.load(this.options);
    try {
      for (let isIdle = false; !signal.aborted; ) {
        const heard = listener.growths;
        const before = this.position;
        const { events, throughPosition, isAtEnd } = await this.readOn();
        if (events.length > 0 && !(await this.applied(events, signal))) continue;
        this.position = Math.max(this.position, throughPosition);
        await this.saveSkipped(isIdle);
        if (isAtEnd && this.position - before >= BUSY_EVENTS) {
          await pause(GATHER_MS, signal, this.options.timers);
        }
        if (events.length > 0 || this.cautious > 0 || !isAtEnd) continue;
        const idleMs = this.position > this.savedPosition ? SKIPPED_SAVE_MS : pollMs;
        await listener.waitForGrowth(Math.min(idleMs, pollMs), signal, heard);
        isIdle = listener.growths === heard;
      }
    } catch (error) {
      if (!(error instanceof CheckpointRefused)) throw error;
      this.options.logger.warn({ consumer: name, err: error }, 'consumer was taken over');
    }
  }

  private async readOn(): Promise<Look> {
    const limit = this.cautious > 0 ? 1 : this.limit;
    try {
      const look = await this.look(limit);
      if (look.events.length === 0) this.cautious = 0;
      return look;
    } catch (error) {
      const isUnknown = error instanceof UnknownStoredEvent;
      if (!isUnknown && !(error instanceof UnreadableStoredEvent)) throw error;
      if (limit === 1 && isUnknown) {
        throw new ConsumerWaits(this.options.name, error.position, error);
      }
      if (limit === 1) return this.unreadable(error as UnreadableStoredEvent);
      // What stands before that event is applied first.
      this.cautious = limit;
      return { events: [], throughPosition: this.position, isAtEnd: false };
    }
  }

  /** To leave an event out, nobody needs to read it. @throws ConsumerStopped unless an operator said so */
  private unreadable(error: UnreadableStoredEvent): Look {
    const { recorded } = error;
    const events = this.skips?.among([recorded]) ?? [];
    if (events.length === 0) throw new ConsumerStopped(this.options.name, recorded, error);
    return { events, throughPosition: recorded.position, isAtEnd: false };
  }

  private async look(limit: number): Promise<Look> {
    const { log, types } = this.options;
    const options = { afterPosition: this.position, limit };
    if (types !== undefined) return lookOn(log, { types, ...options });
    const events = await log.readAll(options);
    const throughPosition = events.at(-1)?.position ?? this.position;
    return { events, throughPosition, isAtEnd: events.length < limit };
  }

  /** True when the batch has taken effect; false when it has to be read again, more cautiously. */
  private async applied(events: readonly RecordedEvent[], signal: AbortSignal): Promise<boolean> {
    const { logger, name } = this.options;
    const [first] = events;
    if (first === undefined) return true;
    const from = first.position;
    const to = events.at(-1)?.position ?? from;
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      try {
        await this.apply(events, to);
        this.cautious = Math.max(0, this.cautious - events.length);
        return true;
      } catch (error) {
        // A batch may be more than can be done in time; one event is not, so then the server is slow.
        const isTooMuch = events.length > 1 && troubleOf(error) === 'timed-out';
        const passes = isConnectionLoss(error) && !isTooMuch;
        if (error instanceof CheckpointRefused || passes) throw error;
        if (error instanceof UnknownStoredEvent) throw new ConsumerWaits(name, from, error);
        logger.warn({ consumer: name, err: error, attempt, from, to }, 'batch not applied');
        const isPermanent =
          isTooMuch || attempt >= APPLY_ATTEMPTS_MAX || error instanceof BrokenInvariant;
        if (isPermanent && events.length === 1) {
          throw new ConsumerStopped(name, first, error as Error);
        }
        if (isPermanent) {
          this.cautious = events.length;
          return false;
        }
        await pause(backoffMs(attempt), signal, this.options.timers);
      }
    }
    return false;
  }

  /** What operators had it leave out is noted instead of applied, in the same transaction. */
  private async apply(events: readonly RecordedEvent[], to: number): Promise<void> {
    const { logger, name } = this.options;
    const skipped = this.skips?.among(events) ?? [];
    const rest = this.skips?.without(skipped, events) ?? events;
    await this.commit(to, async (transaction) => {
      if (rest.length > 0) await this.options.apply(rest, transaction);
      await this.skips?.record(transaction, skipped);
    });
    this.skips?.recorded(skipped);
    for (const { position, event } of skipped) {
      logger.warn({ consumer: name, position, type: event.type }, 'event left out for good');
    }
  }

  /** The effect and the checkpoint commit together, and only while the lease is still this one. */
  private async commit(to: number, effect: (transaction: EntityManager) => Promise<void>) {
    const { dataSource, leases, name } = this.options;
    await dataSource.transaction(async (transaction) => {
      await transaction.query(
        `SET LOCAL idle_in_transaction_session_timeout = ${IDLE_IN_TRANSACTION_MAX_MS}`,
      );
      await effect(transaction);
      const { lease, savedPosition: from } = this;
      await moveCheckpoint(transaction, { name, lease, owner: leases.owner, from, to });
    });
    this.position = to;
    this.savedPosition = to;
  }

  /** Losing such a checkpoint in a crash costs only skipping again, so nobody waits for its flush. */
  private async saveSkipped(isIdle: boolean): Promise<void> {
    const skipped = this.position - this.savedPosition;
    this.unsavedRounds = skipped === 0 ? 0 : this.unsavedRounds + 1;
    const isDue = skipped >= SKIPPED_SAVE_EVENTS || this.unsavedRounds >= SKIPPED_SAVE_ROUNDS;
    if (skipped === 0 || !(isDue || isIdle)) return;
    await this.commit(this.position, async (transaction) => {
      await transaction.query('SET LOCAL synchronous_commit TO off');
    });
  }
}
