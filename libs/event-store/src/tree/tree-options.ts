import type { Clock } from '@bulkhead/domain';
import type pg from 'pg';
import type { DataSource } from 'typeorm';
import type { ConsumerLogger } from '../consumers/consumer-options.js';
import type { Leases } from '../consumers/lease.js';
import type { LogListener } from '../consumers/log-listener.js';
import type { NoteSigner, NoteVerifier } from '../proof/note-key.js';

export interface TreeTimes {
  /** A head is signed at least this often while the log grows. */
  readonly headIntervalMs: number;
  /** The log is quiet, and the last head is signed at once, when it has not grown for so long. */
  readonly quietMs: number;
  /** Between batches, so that events gather and the growing tile is not rewritten for each of them. */
  readonly batchPauseMs: number;
}

export interface TreeBuilderOptions {
  readonly pool: pg.Pool;
  readonly dataSource: DataSource;
  readonly leases: Leases;
  readonly listener: Pick<LogListener, 'growths' | 'waitForGrowth'>;
  readonly logger: ConsumerLogger;
  /** When a head was signed, for people. */
  readonly clock: Clock;
  /** How long ago one was signed, whatever is done to the machine's clock. */
  readonly steadyClock: Clock;
  readonly signer: NoteSigner;
  /**
   * Every key that has ever signed heads of this log, the signer's own among them. Asked for anew each
   * time: while keys change, another process may sign with one that came after this process began.
   */
  readonly verifiers: () => readonly NoteVerifier[];
  /** Where heads are exported to, outside of the database. */
  readonly headFolder: string;
  readonly batchLimit?: number;
  readonly times?: Partial<TreeTimes>;
}

export const TREE_TIMES: TreeTimes = { headIntervalMs: 8_000, quietMs: 1_000, batchPauseMs: 200 };
