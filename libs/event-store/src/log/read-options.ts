import type { DomainEvent, RecordedEvent } from '@bulkhead/domain';

export interface ReadAllOptions {
  /** Events after this position; 0 reads from the beginning. */
  readonly afterPosition: number;
  /** The last position to look at, where not all of a long log is to be searched at once. */
  readonly throughPosition?: number;
  /** At most this many events, 1 to 5,000. */
  readonly limit: number;
  /** Only these types; the positions between them are skipped over. */
  readonly types?: readonly DomainEvent['type'][];
}

export interface StreamAllOptions {
  /** Events after this position; 0 reads from the beginning. */
  readonly afterPosition: number;
  /** The last position to read; by default where the log ends when reading begins. */
  readonly throughPosition?: number;
  /** Only these types; the positions between them are skipped over. */
  readonly types?: readonly DomainEvent['type'][];
  /** At most this many events in a batch, 1 to 5,000; by default the size that is read fastest. */
  readonly batchLimit?: number;
}

/** A part of the log, in order. */
export interface LogBatch {
  /** May be empty, where the log holds nothing that is wanted. */
  readonly events: readonly RecordedEvent[];
  /** The log holds no other wanted event up to here. */
  readonly throughPosition: number;
}

export const READ_LIMIT_MAX = 5_000;

/** @throws RangeError unless it is a whole number from 1 to 5,000 */
export function checkedLimit(limit: number): number {
  if (!Number.isInteger(limit) || limit < 1 || limit > READ_LIMIT_MAX) {
    throw new RangeError(`limit must be a whole number from 1 to ${READ_LIMIT_MAX}, not ${limit}`);
  }
  return limit;
}
