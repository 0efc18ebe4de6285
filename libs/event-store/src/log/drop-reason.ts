import type { StreamId } from '@bulkhead/domain';
import { AlreadyAnswered, type Append, ForeignStream, VersionConflict } from './event-log.js';

/** Why `log.append` dropped a member; `member` counts from 1. */
export interface Dropped {
  readonly member: number;
  readonly reason: 'answered' | 'foreign' | 'conflict';
  readonly stream?: StreamId;
  readonly expected?: number;
  readonly actual?: number;
  readonly requestSha256?: string;
  readonly status?: number;
  readonly body?: unknown;
}

/** The error that a dropped member's caller gets. */
export function dropReason(append: Append, dropped: Dropped): Error {
  const { idempotentAnswer } = append;
  const { stream, expected = 0, actual = 0 } = dropped;
  if (dropped.reason === 'answered' && idempotentAnswer !== undefined) {
    const { requestSha256 = '', status = 0, body } = dropped;
    return new AlreadyAnswered({ ...idempotentAnswer, requestSha256, status, body });
  }
  if (stream === undefined) return new Error(`log.append dropped a member: ${dropped.reason}`);
  if (dropped.reason === 'foreign') return new ForeignStream(stream);
  return new VersionConflict(stream, expected, actual);
}
