import {
  type BatchEvent,
  type BatchId,
  type BatchState,
  batchDecider,
  fold,
  type SubmitBatch,
  type TenantId,
  type TimeMs,
  tasksToRetry,
  type WorkloadRequest,
} from '@bulkhead/domain';
import {
  CONTENT_PARTS,
  type ContentRow,
  type EventLog,
  type NextTurn,
  type RandomBytes,
  type SealedFacts,
  sealTasks,
} from '@bulkhead/event-store';
import { RequestProblem } from '../problems/problem.js';

/** The submission that a retry is, with what it keeps beside the log. */
export interface BatchRetry {
  readonly command: SubmitBatch;
  readonly contents: readonly ContentRow[];
  readonly name: string | null;
}

const PARTS = CONTENT_PARTS.batch;

export interface Sealing {
  readonly randomBytes: RandomBytes;
  readonly nextTurn: NextTurn;
}

/** A batch that there is, of which tasks did not succeed. */
type Failed = BatchState & { readonly batchId: BatchId; readonly tenantId: TenantId };
type Content = Readonly<Record<string, unknown>>;

/**
 * The tasks of a batch that did not succeed, as a batch of their own: what they were asked for, word for
 * word, under new salts. They keep the index that they were told, which stands in their content.
 * @throws RequestProblem where that was erased
 */
export async function batchRetry(
  log: Pick<EventLog, 'readStream' | 'readContents'>,
  { randomBytes, nextTurn }: Sealing,
  failed: Failed,
  batchId: BatchId,
  nowMs: TimeMs,
): Promise<BatchRetry> {
  const { tenantId } = failed;
  const indexes = tasksToRetry(failed);
  const parts = [PARTS.name, ...indexes.map(PARTS.task)];
  const [added, [name, ...contents]] = await Promise.all([
    requestsOf(log, tenantId, failed.batchId),
    log.readContents(
      tenantId,
      parts.map((part) => ({ stream: failed.batchId, part })),
    ),
  ]);
  const contentOf = (at: number) => (contents[at] ?? {}) as Content;
  const copy = { tenantId, batchId, name: (name ?? {}) as Content, count: indexes.length };
  const sealed = await sealTasks({ ...copy, contentOf }, randomBytes, nextTurn);
  const tasks = indexes.map((index, at) => {
    const request = added[index];
    if (request === undefined) throw new Error(`task ${index} of ${failed.batchId} is not there`);
    if (request.hasContent === true && contents[at] === null) throw contentErased();
    return { ...request, contentSha256: (sealed.facts[at] as SealedFacts).contentSha256 };
  });
  const { maxParallel, maxFailures } = failed;
  const limits = { maxParallel, maxFailures, contentSha256: sealed.nameSha256 };
  return {
    command: {
      ...{ kind: 'submit-batch', batchId, tenantId, tasks, ...limits },
      ...{ retryOf: failed.batchId, nowMs },
    },
    contents: sealed.rows,
    name: (name as { name?: string } | null)?.name ?? null,
  };
}

/**
 * Looks at one task for all, because content is erased for whole tenants, and this is asked where little is to be spent.
 * @throws RequestProblem where what it would run was erased
 */
export async function contentIsThere(
  log: Pick<EventLog, 'readStream' | 'readContents'>,
  failed: Failed,
): Promise<void> {
  const { tenantId, batchId: stream } = failed;
  const [index] = tasksToRetry(failed);
  if (index === undefined) return;
  const [content] = await log.readContents(tenantId, [{ stream, part: PARTS.task(index) }]);
  if (content !== null) return;
  const requests = await requestsOf(log, tenantId, stream);
  if (requests[index]?.hasContent === true) throw contentErased();
}

/** Each of its tasks would only fail for that, one after the other. */
function contentErased(): RequestProblem {
  return new RequestProblem({
    status: 409,
    code: 'BATCH_CONTENT_ERASED',
    title: 'What the tasks of the batch would run was erased',
    detail:
      'Commands, arguments and environments of its tasks were erased, so that nothing is left to run again. Submit another batch.',
  });
}

/** By index, what each task of a batch was asked for. */
async function requestsOf(
  log: Pick<EventLog, 'readStream'>,
  tenantId: TenantId,
  batchId: BatchId,
): Promise<readonly WorkloadRequest[]> {
  const requests: WorkloadRequest[] = [];
  for (const { event } of await log.readStream(tenantId, batchId)) {
    if (event.type !== 'BatchTasksAdded') continue;
    const { firstIndex, tasks } = event.payload;
    for (const [offset, task] of tasks.entries()) requests[firstIndex + offset] = task;
  }
  return requests;
}

/** The events of a retry's own stream. */
export function retryEvents({ command }: BatchRetry): readonly BatchEvent[] {
  const decided = batchDecider.decide(command, batchDecider.initialState);
  if (!decided.accepted) throw new Error('a new batch was refused');
  return decided.events;
}

/** A retry as it is when it was recorded. */
export function retryState(retry: BatchRetry): BatchState {
  return fold(batchDecider, retryEvents(retry));
}
