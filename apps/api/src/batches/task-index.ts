import { contentOf } from '../workloads/content.js';
import type { TaskBody } from '../workloads/submission.schema.js';

/** In command, arguments and values of variables, stands for the index of the task. */
export const INDEX_PLACEHOLDER = '{{index}}';
/** The variable that tells a task its index. */
export const INDEX_VARIABLE = 'BULKHEAD_TASK_INDEX';

/**
 * A task's content with its index filled in. The placeholder is longer than any index, so nothing outgrows
 * its bounds by it; a variable of that name that the tenant has set itself stays.
 */
export function contentOfTask(task: TaskBody, index: number): Readonly<Record<string, unknown>> {
  const filled = (text: string) => text.replaceAll(INDEX_PLACEHOLDER, String(index));
  const { command, args, env = {} } = task;
  const variables = Object.entries(env).map(([name, value]) => [name, filled(value)] as const);
  // Windows does not tell names of variables apart by their case.
  const isTaken = variables.some(([name]) => name.toUpperCase() === INDEX_VARIABLE);
  const own = isTaken ? {} : { [INDEX_VARIABLE]: String(index) };
  return {
    ...contentOf(task),
    command: command?.map(filled),
    args: args?.map(filled),
    env: { ...own, ...Object.fromEntries(variables) },
  };
}
