import { type BatchId, batchDecider, isId, type TenantId, type TimeMs } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { type ProblemErrors, RequestProblem } from '../problems/problem.js';
import { invalidRequest } from '../problems/problems.js';
import type { BatchSubmissionBody } from './batch.schema.js';

const MS_PER_SECOND = 1_000;

/**
 * When a batch has to be done, in milliseconds since the epoch; null where it may take its time.
 * @throws RequestProblem
 */
export function deadlineOf(
  { deadline, deadlineSeconds }: BatchSubmissionBody,
  nowMs: TimeMs,
): TimeMs | null {
  if (deadline !== undefined && deadlineSeconds !== undefined) {
    const detail = 'says the same as deadline: give one of them';
    throw invalidRequest([{ pointer: '/deadlineSeconds', detail }]);
  }
  if (deadlineSeconds !== undefined) return nowMs + deadlineSeconds * MS_PER_SECOND;
  return deadline === undefined ? null : Date.parse(deadline);
}

/**
 * The batches that one comes after. They are its tenant's and there already, so that none can wait for itself,
 * and may still succeed, or have.
 * @throws RequestProblem where one is not, or has ended otherwise
 */
export async function predecessorsOf(
  log: Pick<EventLog, 'readState'>,
  tenantId: TenantId,
  { after = [] }: BatchSubmissionBody,
): Promise<readonly BatchId[]> {
  const statuses = await Promise.all(
    after.map(async (id) =>
      isId('bat', id) ? (await log.readState(tenantId, id, batchDecider)).state.status : 'absent',
    ),
  );
  const indexesOf = (...wanted: readonly string[]) =>
    statuses.flatMap((status, index) => (wanted.includes(status) ? [index] : []));
  refuse(indexesOf('absent'), {
    code: 'BATCH_PREDECESSOR_NOT_FOUND',
    title: 'There is no such batch to come after',
    detail: 'is no batch of yours',
  });
  refuse(indexesOf('failed', 'cancelled', 'cancelling', 'overdue'), {
    code: 'BATCH_PREDECESSOR_FAILED',
    title: 'A batch to come after has not succeeded and never will',
    detail: 'has failed or was cancelled; name the batch that retries it',
  });
  return after as readonly BatchId[];
}

function refuse(
  indexes: readonly number[],
  { code, title, detail }: { code: string; title: string; detail: string },
): void {
  if (indexes.length === 0) return;
  const errors: ProblemErrors = indexes.map((at) => ({ pointer: `/after/${at}`, detail }));
  throw new RequestProblem({ status: 422, code, title, detail: 'Nothing was recorded.', errors });
}
