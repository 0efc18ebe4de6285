import {
  type BatchId,
  batchBeyondQuota,
  batchWaitingMax,
  type Resources,
  type TenantId,
  tenantDecider,
} from '@bulkhead/domain';
import type { EventLog, Guard, Room } from '@bulkhead/event-store';
import type { IdempotentRequest } from '../idempotency/idempotency.js';
import type { LetIn, SubmissionAdmission } from '../limits/submission-admission.js';
import { takeRoom } from '../limits/with-room.js';
import { tenantSuspended } from '../problems/problems.js';
import { neverWithinQuota } from '../problems/quota-problems.js';

export interface AskedBatch {
  readonly tenantId: TenantId;
  readonly batchId: BatchId;
  readonly tasks: readonly { readonly resources: Resources }[];
  readonly maxParallel: number | null;
  readonly idempotency: IdempotentRequest | null;
}

export interface AdmittedBatch {
  readonly letIn: LetIn | null;
  /** The tenant as it was asked; the append has to guard it. */
  readonly guard: Guard;
}

/**
 * Lets a batch in by the tenant's quota and limits. Counted once, however often it is decided: `before` is
 * what the last try was let in with.
 * @throws RequestProblem where the tenant may not submit it
 */
export async function admitBatch(
  log: Pick<EventLog, 'readState'>,
  admission: SubmissionAdmission,
  { tenantId, batchId, tasks, maxParallel, idempotency }: AskedBatch,
  before: LetIn | null,
): Promise<AdmittedBatch> {
  const { state, version } = await log.readState(tenantId, tenantId, tenantDecider);
  if (state.suspension !== null) throw tenantSuspended();
  const { quota } = state;
  const beyond = batchBeyondQuota(tasks, quota);
  if (beyond !== null) throw neverWithinQuota(beyond);
  const workloads = batchWaitingMax(tasks.length, maxParallel);
  const submitted = { tenantId, stream: batchId, workloads, quota, idempotency };
  // Judged by the quota that the append guards.
  const letIn = await admission.letIn(submitted, async () => quota, before);
  return { letIn, guard: { stream: tenantId, version } };
}

/**
 * Takes the room of a batch's tasks before anything is made of them: what has none is to cost little.
 * @param othersSpeak told before anybody is sent away to wait for room
 * @throws TooMuchOpenWork; RequestProblem (403) where the tenant is suspended as well, or what `othersSpeak` throws
 */
export function takeRoomOfBatch(
  log: Pick<EventLog, 'readState'>,
  room: Room,
  tenantId: TenantId,
  tasks: number,
  othersSpeak: () => Promise<void> = async () => {},
): Promise<void> {
  return takeRoom(room, tasks, async () => {
    const { state } = await log.readState(tenantId, tenantId, tenantDecider);
    if (state.suspension !== null) throw tenantSuspended();
    await othersSpeak();
  });
}
