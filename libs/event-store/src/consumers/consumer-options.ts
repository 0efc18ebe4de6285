import type { DomainEvent, RecordedEvent } from '@bulkhead/domain';
import type { DataSource, EntityManager } from 'typeorm';
import type { WholeLog } from '../log/event-log.js';
import type { Leases } from './lease.js';
import type { LogListener } from './log-listener.js';

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
  readonly leases: Leases;
  readonly listener: LogListener;
  readonly logger: ConsumerLogger;
  /** Only these; a type that this process does not know stops the consumer all the same. */
  readonly types?: readonly DomainEvent['type'][];
  readonly batchLimit?: number;
  readonly pollMs?: number;
  /**
   * The effect of a batch. What it writes through `transaction` commits together with the checkpoint;
   * what it does elsewhere may be repeated. It must give the same result when a batch comes again.
   */
  readonly apply: (batch: readonly RecordedEvent[], transaction: EntityManager) => Promise<void>;
  readonly onStopped?: (error: ConsumerStopped) => void;
}

/** A consumer met something that it cannot apply. Its checkpoint stands before it. */
export class ConsumerStopped extends Error {
  override readonly name = 'ConsumerStopped';
  constructor(
    readonly consumer: string,
    readonly position: number,
    cause: Error,
  ) {
    super(`consumer ${consumer} stopped before position ${position}: ${cause.message}`, { cause });
  }
}
