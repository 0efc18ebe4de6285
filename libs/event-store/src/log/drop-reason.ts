import type { StreamId } from '@bulkhead/domain';
import { AlreadyAnswered, type Append, ForeignStream, VersionConflict } from './event-log.js';

/** Why `log.append` dropped a member; `member` counts from 1. */
export interface Dropped {
  readonly member: number;
  readonly reason: 'answered' | 'foreign' | 'conflict';
  readonly stream: string | null;
  readonly expected: number | null;
  readonly actual: number | null;
  readonly request_sha256: string | null;
  readonly status: number | null;
  readonly body: unknown;
}

/** The error that a dropped member's caller gets. */
export function dropReason(append: Append, dropped: Dropped): Error {
  const { idempotentAnswer } = append;
  if (dropped.reason === 'answered' && idempotentAnswer !== undefined) {
    return new AlreadyAnswered({
      ...idempotentAnswer,
      requestSha256: dropped.request_sha256 ?? '',
      status: dropped.status ?? 0,
      body: dropped.body,
    });
  }
  const stream = dropped.stream as StreamId;
  if (dropped.reason === 'foreign') return new ForeignStream(stream);
  return new VersionConflict(stream, dropped.expected ?? 0, dropped.actual ?? 0);
}
