import { describe, it } from 'vitest';
import { NOW_MS } from '../../../../test/domain/builders.js';
import { given } from '../../../../test/domain/specification.js';
import { queueDecider } from './decide.js';

const retry = (failedJobs: number, newestFailureMs: number | null) =>
  ({
    kind: 'retry',
    queue: 'starts',
    reason: 'the host has been repaired',
    failedJobs,
    newestFailureMs,
    nowMs: NOW_MS,
  }) as const;

describe('a queue with jobs that have failed for good', () => {
  const once = given(queueDecider, []).when(retry(3, NOW_MS - 10));
  const retried = given(queueDecider, once.history);

  it('has them tried again, and the record says how many and why', () => {
    once.thenEvents([
      'QueueRetryRequested',
      {
        queue: 'starts',
        failedJobs: 3,
        newestFailureMs: NOW_MS - 10,
        reason: 'the host has been repaired',
      },
    ]);
  });

  it('has each failure tried again once, however often the operator says it', () => {
    retried.when(retry(3, NOW_MS - 10)).thenNothing();
    retried.when(retry(2, NOW_MS - 20)).thenNothing();
    retried.when(retry(1, NOW_MS - 5)).thenEvents('QueueRetryRequested');
  });

  it('has nothing tried again where nothing has failed', () => {
    given(queueDecider, []).when(retry(0, null)).thenRejected('QUEUE_WITHOUT_FAILURES');
    retried.when(retry(0, null)).thenRejected('QUEUE_WITHOUT_FAILURES');
  });
});
