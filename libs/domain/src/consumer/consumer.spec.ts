import { describe, it } from 'vitest';
import { NOW_MS } from '../../../../test/domain/builders.js';
import { given } from '../../../../test/domain/specification.js';
import { type ConsumerTrouble, consumerDecider } from './decide.js';

const stopped: ConsumerTrouble = {
  kind: 'stopped',
  position: 7,
  eventId: '019aa5c1-d2f2-7c3e-8b5f-0a1b2c3d4e5f',
  stream: 'wl_1',
  type: 'WorkloadSubmitted',
  stoppedAtMs: NOW_MS - 1,
  mayBeSkipped: true,
};
const act = { consumer: 'workloads', reason: 'known to be broken', nowMs: NOW_MS };
const skip = (position: number, trouble: ConsumerTrouble | null = stopped) =>
  ({ ...act, kind: 'skip-event', position, trouble }) as const;
const retry = (trouble: ConsumerTrouble | null = stopped) =>
  ({ ...act, kind: 'retry', trouble }) as const;

describe('a consumer that has stopped', () => {
  const untouched = given(consumerDecider, []);

  it('is made to leave out the event that it stands before, and the record says which and why', () => {
    untouched.when(skip(7)).thenEvents([
      'ConsumerEventSkipped',
      {
        consumer: 'workloads',
        position: 7,
        eventId: stopped.eventId,
        stream: 'wl_1',
        type: 'WorkloadSubmitted',
        reason: act.reason,
      },
    ]);
  });

  it('leaves out no other event', () => {
    untouched.when(skip(6)).thenRejected('CONSUMER_STOPPED_ELSEWHERE');
    untouched.when(skip(8)).thenRejected('CONSUMER_STOPPED_ELSEWHERE');
  });

  it('is told to skip an event once, however often the operator says it', () => {
    const skipped = given(consumerDecider, untouched.when(skip(7)).history);
    skipped.when(skip(7)).thenNothing();
    skipped.when(skip(7, null)).thenNothing();
  });

  it('cannot have a gap where its result would be worthless with one', () => {
    untouched
      .when(skip(7, { ...stopped, mayBeSkipped: false }))
      .thenRejected('CONSUMER_NOT_SKIPPABLE');
  });

  it('tries again once for each of its stops, however often the operator says it', () => {
    const once = untouched.when(retry());
    once.thenEvents(['ConsumerRetryRequested', { position: 7, stoppedAtMs: NOW_MS - 1 }]);
    const retried = given(consumerDecider, once.history);
    retried.when(retry()).thenNothing();
    retried
      .when(retry({ ...stopped, stoppedAtMs: NOW_MS }))
      .thenEvents(['ConsumerRetryRequested', { stoppedAtMs: NOW_MS }]);
  });
});

describe('the tree over the log that has stopped', () => {
  it('is not tried again by a word, because the log itself is in question', () => {
    const tree = { ...stopped, eventId: null, stream: null, mayBeSkipped: false };
    const untouched = given(consumerDecider, []);
    untouched.when(retry(tree)).thenRejected('CONSUMER_NOT_RETRYABLE');
    untouched.when(skip(7, tree)).thenRejected('CONSUMER_NOT_SKIPPABLE');
  });
});

describe('a consumer that has not stopped', () => {
  const untouched = given(consumerDecider, []);

  it('is neither made to skip nor to try again', () => {
    untouched.when(skip(7, null)).thenRejected('CONSUMER_NOT_STOPPED');
    untouched.when(retry(null)).thenRejected('CONSUMER_NOT_STOPPED');
  });

  it('is left alone where it waits for a newer version, because skipping would be guessing', () => {
    const waiting = { ...stopped, kind: 'waiting' as const };
    untouched.when(skip(7, waiting)).thenRejected('CONSUMER_WAITS');
    untouched.when(retry(waiting)).thenRejected('CONSUMER_WAITS');
  });
});
