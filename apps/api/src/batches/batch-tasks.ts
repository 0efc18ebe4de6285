import { type NextTurn, Slices } from '@bulkhead/event-store';
import { type ProblemErrors, RequestProblem } from '../problems/problem.js';
import { invalidRequest } from '../problems/problems.js';
import { problemErrors } from '../problems/validation.pipe.js';
import { Task, type TaskBody } from '../workloads/submission.schema.js';
import type { BatchSubmissionBody } from './batch.schema.js';

/** What is wrong with a batch of nothing. */
export const NO_TASKS = 'needs tasks or a count, and has neither';

/** What tasks may add up to once defaults were put into each: a small body can otherwise mean gigabytes. */
export const BATCH_EXPANDED_MAX_BYTES = 16 * 1024 * 1024;

/**
 * The tasks of a batch, each put together from defaults and override and validated whole.
 * @throws RequestProblem that lists what is wrong with pointers into the body as it was sent
 */
export function batchTasks(batch: BatchSubmissionBody): readonly TaskBody[] {
  const steps = expand(batch);
  for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
}

/** The same in slices, between which the process does other things. */
export async function batchTasksInSlices(
  batch: BatchSubmissionBody,
  nextTurn: NextTurn,
): Promise<readonly TaskBody[]> {
  const slices = new Slices(nextTurn);
  const steps = expand(batch);
  for (let step = steps.next(); ; step = steps.next()) {
    if (step.done) return step.value;
    await slices.did(step.value);
  }
}

/** Gives the bytes of each task that was put together, and at last all of them. */
function* expand(batch: BatchSubmissionBody): Generator<number, readonly TaskBody[]> {
  if (batch.tasks === undefined && batch.count === undefined) {
    throw invalidRequest([{ pointer: '', detail: NO_TASKS }]);
  }
  if (batch.tasks !== undefined && batch.count !== undefined) {
    const detail = 'has tasks and a count: leave one of them out';
    throw invalidRequest([{ pointer: '', detail }]);
  }
  const defaults: Record<string, unknown> = {
    ...(batch.priority === undefined ? {} : { priority: batch.priority }),
    ...batch.taskDefaults,
  };
  if (batch.tasks === undefined) {
    const { task, errors } = parseTask(defaults, {}, null);
    if (task === null) throw invalidRequest(errors);
    const count = batch.count ?? 0;
    if (bytesOf(task) * count > BATCH_EXPANDED_MAX_BYTES) throw tooLarge();
    return Array.from({ length: count }, () => task);
  }
  const tasks: TaskBody[] = [];
  const errors = new Map<string, ProblemErrors[number]>();
  let bytes = 0;
  for (const [index, override] of batch.tasks.entries()) {
    const parsed = parseTask(defaults, override, index);
    if (parsed.task !== null) tasks.push(parsed.task);
    // A fault of the defaults is met again in every task, and told once.
    for (const error of parsed.errors) errors.set(`${error.pointer} ${error.detail}`, error);
    const size = bytesOf(parsed.task ?? override);
    bytes += size;
    // What is wrong with others than the first is not worth gigabytes.
    if (bytes > BATCH_EXPANDED_MAX_BYTES) break;
    yield size;
  }
  if (errors.size > 0) throw invalidRequest([...errors.values()]);
  if (bytes > BATCH_EXPANDED_MAX_BYTES) throw tooLarge();
  return tasks;
}

function bytesOf(task: object): number {
  return Buffer.byteLength(JSON.stringify(task));
}

function tooLarge(): RequestProblem {
  return new RequestProblem({
    status: 413,
    code: 'BATCH_TOO_LARGE',
    title: 'The tasks of the batch are too large',
    detail: `With the defaults put into each, they may have ${BATCH_EXPANDED_MAX_BYTES} bytes.`,
  });
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
