import type { ProblemErrors } from '../problems/problem.js';
import { invalidRequest } from '../problems/problems.js';
import { problemErrors } from '../problems/validation.pipe.js';
import { Task, type TaskBody } from '../workloads/submission.schema.js';
import type { BatchSubmissionBody } from './batch.schema.js';

/**
 * The tasks of a batch, each put together from defaults and override and validated whole.
 * @throws RequestProblem that lists what is wrong with pointers into the body as it was sent
 */
export function batchTasks(batch: BatchSubmissionBody): readonly TaskBody[] {
  if ((batch.tasks === undefined) === (batch.count === undefined)) {
    throw invalidRequest([{ pointer: '', detail: 'needs either tasks or count' }]);
  }
  const defaults: Record<string, unknown> = {
    ...(batch.priority === undefined ? {} : { priority: batch.priority }),
    ...batch.taskDefaults,
  };
  if (batch.tasks === undefined) {
    const { task, errors } = parseTask(defaults, {}, null);
    if (task === null) throw invalidRequest(errors);
    return Array.from({ length: batch.count ?? 0 }, () => task);
  }
  const tasks: TaskBody[] = [];
  const errors = new Map<string, ProblemErrors[number]>();
  batch.tasks.forEach((override, index) => {
    const parsed = parseTask(defaults, override, index);
    if (parsed.task !== null) tasks.push(parsed.task);
    // A fault of the defaults is met again in every task, and told once.
    for (const error of parsed.errors) errors.set(`${error.pointer} ${error.detail}`, error);
  });
  if (errors.size > 0) throw invalidRequest([...errors.values()]);
  return tasks;
}

function parseTask(
  defaults: Readonly<Record<string, unknown>>,
  override: Readonly<Record<string, unknown>>,
  index: number | null,
): { task: TaskBody | null; errors: ProblemErrors } {
  const given = Object.entries(override).filter(([, value]) => value !== undefined);
  const result = Task.safeParse({ ...defaults, ...Object.fromEntries(given) });
  if (result.success) return { task: result.data, errors: [] };
  const errors = problemErrors(result.error.issues, 'body').map((error) => {
    const field = error.pointer?.split('/')[1] ?? '';
    const fromDefaults = index === null || (!(field in override) && field in defaults);
    const where = fromDefaults ? '/taskDefaults' : `/tasks/${index}`;
    return { ...error, pointer: `${where}${error.pointer ?? ''}` };
  });
  return { task: null, errors };
}
