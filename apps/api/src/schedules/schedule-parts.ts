import type { ContentReference, ScheduledBatch, ScheduleId, TenantId } from '@bulkhead/domain';
import { type ContentRow, contentRows, sealContent } from '@bulkhead/event-store';
import { batchTasks } from '../batches/batch-tasks.js';
import { RequestProblem } from '../problems/problem.js';
import { invalidRequest } from '../problems/problems.js';
import type { RandomBytes } from '../sources.js';
import { contentOf, requestOf } from '../workloads/content.js';
import type { TaskBody } from '../workloads/submission.schema.js';
import type { ScheduledBatchBody } from './schedule.schema.js';

/** Whose schedule it is, and in which part of its content something is to lie. */
export interface Place {
  readonly tenantId: TenantId;
  readonly scheduleId: ScheduleId;
  readonly part: number;
}

export interface SealedName {
  readonly reference: ContentReference;
  readonly rows: readonly ContentRow[];
}

/** A schedule's name, which stands beside the log. */
export function sealName(name: string, place: Place, randomBytes: RandomBytes): SealedName {
  return sealedAt(place, { name }, randomBytes);
}

/**
 * The batch that a schedule fires: what decisions read, for the event, and what they do not, sealed. The
 * index is filled in when it is fired, and so is the planned time.
 * @throws RequestProblem that lists what is wrong with pointers into the body as it was sent
 */
export function checkBatch(body: ScheduledBatchBody): readonly TaskBody[] {
  try {
    const tasks = batchTasks(body);
    return body.count === undefined ? tasks : tasks.slice(0, 1);
  } catch (error) {
    if (!(error instanceof RequestProblem) || error.facts.errors === undefined) throw error;
    const { errors } = error.facts;
    throw invalidRequest(
      errors.map(({ pointer = '', ...told }) => ({ ...told, pointer: `/batch${pointer}` })),
    );
  }
}

/** @param tasks of the same body, checked */
export function sealBatch(
  body: ScheduledBatchBody,
  tasks: readonly TaskBody[],
  place: Place,
  randomBytes: RandomBytes,
): { readonly batch: ScheduledBatch; readonly rows: readonly ContentRow[] } {
  const contents = tasks.map((task) => present(contentOf(task)));
  const content = { name: body.name, tasks: contents, sent: present(body) };
  const { reference, rows } = sealedAt(place, content, randomBytes);
  const requests = tasks.map((task) => {
    const { contentSha256: _sealedWhenFired, ...request } = requestOf(task, '');
    return request;
  });
  const batch = {
    tasks: requests,
    count: body.count ?? null,
    maxParallel: body.maxParallel ?? null,
    maxFailures: body.maxFailures ?? null,
    ...(body.deadlineSeconds === undefined ? {} : { deadlineSeconds: body.deadlineSeconds }),
    content: reference,
  };
  return { batch, rows };
}

function sealedAt(
  { tenantId, scheduleId, part }: Place,
  body: Readonly<Record<string, unknown>>,
  randomBytes: RandomBytes,
): SealedName {
  const sealed = sealContent(body, randomBytes);
  const rows = contentRows(tenantId, scheduleId, part, sealed);
  return { reference: { part, sha256: sealed.sha256 }, rows };
}

/** Without what was left out, on every level, as it is stored. */
function present(value: object): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(value)) as Record<string, unknown>;
}
