import { type TaskContent, withIndex } from '@bulkhead/domain';
import { contentOf } from '../workloads/content.js';
import type { TaskBody } from '../workloads/submission.schema.js';

/** A task's content with its index filled in. */
export function contentOfTask(task: TaskBody, index: number): TaskContent {
  return withIndex(contentOf(task), index);
}
