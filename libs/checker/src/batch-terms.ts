import {
  type BatchEvent,
  type BatchId,
  type BatchState,
  batchDecider,
  type RecordedEvent,
} from '@bulkhead/domain';
import type { CheckMaker } from './check.js';

/**
 * No task becomes a workload while its batch waits for others, is paused, is being stopped or has ended; a
 * wait ends as the log says that those others ended; no deadline passes before its time.
 */
export const batchesKeepTheirTerms: CheckMaker = (report) => {
  const open = new Map<BatchId, BatchState>();
  /** Of those that have ended, whether they succeeded. */
  const ended = new Map<BatchId, boolean>();

  const seeTerms = (recorded: RecordedEvent<BatchEvent>) => {
    const { event } = recorded;
    if (event.type === 'BatchPredecessorsSucceeded') {
      const lacking = event.payload.after.filter((batchId) => ended.get(batchId) !== true);
      for (const batchId of lacking)
        report(`it begins, but ${batchId} has not succeeded`, recorded);
    } else if (event.type === 'BatchFailed' && event.payload.predecessor !== null) {
      const { predecessor } = event.payload;
      const isTrue = ended.get(predecessor) === false;
      if (!isTrue) report(`it fails by ${predecessor}, which has not failed`, recorded);
    } else if (event.type === 'BatchDeadlinePassed') {
      const earlyMs = event.payload.deadlineAtMs - event.occurredAtMs;
      if (earlyMs > 0) report(`its deadline passes ${earlyMs} ms early`, recorded);
    }
  };

  const seeBatch = (batchId: BatchId, recorded: RecordedEvent<BatchEvent>) => {
    const { event } = recorded;
    seeTerms(recorded);
    if (ended.has(batchId)) return;
    const before = open.get(batchId) ?? batchDecider.initialState;
    // What tasks came to is another check's affair, and there are up to 10,000 of them.
    const state = { ...batchDecider.evolve(before, event), outcomes: {} };
    if (state.endedAtMs === null) {
      open.set(batchId, state);
      return;
    }
    open.delete(batchId);
    ended.set(batchId, state.status === 'succeeded');
  };

  return {
    see: (recorded) => {
      const { event, stream } = recorded;
      if (stream.startsWith('bat_')) {
        seeBatch(stream as BatchId, recorded as RecordedEvent<BatchEvent>);
      } else if (event.type === 'WorkloadSubmitted' && event.payload.batch !== null) {
        const { batchId } = event.payload.batch;
        const status = ended.has(batchId) ? 'over' : open.get(batchId)?.status;
        if (status === undefined || status === 'running') return;
        report(`${stream} becomes a workload while ${batchId} is ${status}`, recorded);
      }
    },
  };
};
