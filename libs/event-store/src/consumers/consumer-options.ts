import type { DomainEvent, RecordedEvent } from '@bulkhead/domain';
import type { DataSource, EntityManager } from 'typeorm';
import type { UnknownStoredEvent, WholeLog } from '../log/event-log.js';
import type { Leases } from './lease.js';
import type { LogListener } from './log-listener.js';
import type { PauseTimers } from './pause.js';

/** What a consumer says; pino's loggers fit. */
export interface ConsumerLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** One thing that follows the log. */
export interface ConsumerOptions {
  /** Names the checkpoint and, as `consumer:<name>`, the lease. */
  readonly name: string;
  readonly log: WholeLog;
  readonly dataSource: DataSource;
  readonly leases: Pick<Leases, 'acquire' | 'renew' | 'release' | 'owner'>;
  readonly listener: Pick<LogListener, 'growths' | 'waitForGrowth'>;
  readonly logger: ConsumerLogger;
  /** Only these; a type that this process does not know stops the consumer all the same. */
  readonly types?: readonly DomainEvent['type'][];
  /** Where it begins when it has never run before: after this position. The beginning by default. */
  readonly startAfter?: number;
  /**
   * What an operator may have it leave out: only the event that it stands before; or also what follows
   * in that event's stream, where the result is made stream by stream; or nothing, where a gap would
   * make the result worthless. Only the event by default.
   */
  readonly skips?: 'event' | 'stream' | 'never';
  readonly batchLimit?: number;
  readonly pollMs?: number;
  /** What it waits with; Node's own by default. */
  readonly timers?: PauseTimers;
  /**
   * The effect of a batch. What it writes through `transaction` commits together with the checkpoint;
   * what it does elsewhere may be repeated. It must give the same result when a batch comes again.
   */
  readonly apply: (batch: readonly RecordedEvent[], transaction: EntityManager) => Promise<void>;
  readonly onStopped?: (error: ConsumerStopped) => void;
}

/**
 * Thrown by an effect that needs something which is away, and says nothing against the events: they are
 * applied when it is back, however long that takes.
 */
export class EffectUnavailable extends Error {
  override readonly name = 'EffectUnavailable';
  constructor(what: string, cause: unknown) {
    super(cause instanceof Error ? `${what}: ${cause.message}` : what);
  }
}

/** A consumer met something that it cannot apply. Its checkpoint stands before it. */
export class ConsumerStopped extends Error {
  override readonly name = 'ConsumerStopped';
  readonly position: number;
  readonly type: string;
  readonly reason: string;
  constructor(
    readonly consumer: string,
    readonly recorded: RecordedEvent,
    cause: Error,
  ) {
    super(`consumer ${consumer} stopped before position ${recorded.position}: ${cause.message}`, {
      cause,
    });
    this.position = recorded.position;
    this.type = recorded.event.type;
    this.reason = `${cause.name}: ${cause.message}`;
  }
}

/**
 * A consumer met an event that only a newer version of the service knows. It gives its lease up, so that
 * a newer process can go on at once, and looks again now and then.
 */
export class ConsumerWaits extends Error {
  override readonly name = 'ConsumerWaits';
  readonly type: string;
  readonly reason: string;
  constructor(
    readonly consumer: string,
    readonly position: number,
    cause: UnknownStoredEvent,
  ) {
    super(`consumer ${consumer} waits before position ${position} for a newer version`, { cause });
    this.type = cause.stored.type;
    this.reason = cause.message;
  }
}
