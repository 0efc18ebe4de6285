import {
  type RequestOfVersion1,
  type RequestOfVersion2,
  requestOfVersion1,
  requestOfVersion2,
} from '../workload/upcast.js';
import type { BatchCounts, BatchFailed, BatchSubmitted, BatchTasksAdded } from './events.js';

interface Tasks<R> {
  readonly firstIndex: number;
  readonly tasks: readonly R[];
}

type SubmittedVersion1 = Omit<BatchSubmitted['payload'], 'deadlineAtMs' | 'after'>;

export const batchUpcasts = {
  BatchSubmitted: {
    // Nobody could name a deadline or a predecessor.
    1: (payload: SubmittedVersion1): BatchSubmitted['payload'] => ({
      ...payload,
      deadlineAtMs: null,
      after: [],
    }),
  },
  BatchFailed: {
    1: (counts: BatchCounts): BatchFailed['payload'] => ({
      ...counts,
      because: 'tasks',
      predecessor: null,
    }),
  },
  BatchTasksAdded: {
    1: ({ firstIndex, tasks }: Tasks<RequestOfVersion1>): Tasks<RequestOfVersion2> => ({
      firstIndex,
      tasks: tasks.map(requestOfVersion1),
    }),
    2: ({ firstIndex, tasks }: Tasks<RequestOfVersion2>): BatchTasksAdded['payload'] => ({
      firstIndex,
      tasks: tasks.map(requestOfVersion2),
    }),
  },
};
