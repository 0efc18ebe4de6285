import {
  type RequestOfVersion1,
  type RequestOfVersion2,
  requestOfVersion1,
  requestOfVersion2,
} from '../workload/upcast.js';
import type { BatchTasksAdded } from './events.js';

interface Tasks<R> {
  readonly firstIndex: number;
  readonly tasks: readonly R[];
}

export const batchUpcasts = {
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
