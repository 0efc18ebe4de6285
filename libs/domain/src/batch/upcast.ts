import { requestOfVersion1 } from '../workload/upcast.js';
import type { BatchTasksAdded } from './events.js';

interface TasksOfVersion1 {
  readonly firstIndex: number;
  readonly tasks: readonly Parameters<typeof requestOfVersion1>[0][];
}

export const batchUpcasts = {
  BatchTasksAdded: {
    1: ({ firstIndex, tasks }: TasksOfVersion1): BatchTasksAdded['payload'] => ({
      firstIndex,
      tasks: tasks.map(requestOfVersion1),
    }),
  },
};
