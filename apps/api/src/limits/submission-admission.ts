import type { BatchId, TenantId, TenantQuota, WorkloadId } from '@bulkhead/domain';
import type { Admission, Admitted, EventLog } from '@bulkhead/event-store';
import { givenBefore, type IdempotentRequest } from '../idempotency/idempotency.js';
import { quotaExceeded } from '../problems/quota-problems.js';
import { type RateHeaders, rateHeaders } from './rate-headers.js';
import { tooManySubmissions } from './too-many-submissions.js';

/** What is to be let in. */
export interface Submitted {
  readonly tenantId: TenantId;
  readonly stream: WorkloadId | BatchId;
  /** How many workloads of it may wait at once. */
  readonly workloads: number;
  readonly quota: TenantQuota;
  readonly idempotency: IdempotentRequest | null;
}

/** Counts a submission against limits, in one place for all processes. */
export type Admit = (asked: Admission) => Promise<Admitted>;

/** What was let in, and under which limits: where those change before the append, it is judged anew. */
export interface LetIn {
  readonly quota: TenantQuota;
  readonly counted: Admitted;
  readonly headers: RateHeaders;
}

/** Stands before the append of every submission, and costs nothing where the tenant has no such limit. */
export class SubmissionAdmission {
  constructor(
    private readonly log: Pick<EventLog, 'findAnswer'>,
    private readonly admit: Admit,
  ) {}

  /**
   * What was counted, and what the answer says of the limit; null where there is none, and nothing was counted.
   * @param freshQuota asked before anybody is refused: what was remembered may have been raised since
   * @param before of the same submission, where the append found its facts outdated: it is counted once,
   *   and obeys the limits as they are now
   * @throws RequestProblem (429, 422) where a limit forbids it; AlreadyAnswered for a repetition, which is
   *   no further submission
   */
  async letIn(
    submitted: Submitted,
    freshQuota: () => Promise<TenantQuota>,
    before: LetIn | null = null,
  ): Promise<LetIn | null> {
    if (!isLimited(submitted.quota)) return null;
    if (before !== null) return this.letInAgain(submitted, before);
    await givenBefore(this.log, submitted.idempotency);
    const first = await this.ask(submitted);
    if (first.refused === null) return letInUnder(submitted.quota, first);
    const quota = await freshQuota();
    if (!isLimited(quota)) return null;
    // Whoever comes too often is to cost little, so what was counted under the same limits is not counted again.
    const answer = areSameLimits(quota, submitted.quota)
      ? first
      : await this.ask({ ...submitted, quota });
    refuse(submitted.workloads, quota, answer);
    return letInUnder(quota, answer);
  }

  /** What was counted stays counted, also where it is refused now: the new limit is used up then anyway. */
  private async letInAgain(submitted: Submitted, before: LetIn): Promise<LetIn> {
    const { quota, workloads } = submitted;
    const { counted } = before;
    if (areSameLimits(quota, before.quota)) return before;
    const { submissionsPerMinute: perMinute, pendingWorkloads: pendingMax } = quota;
    if (perMinute !== null && counted.submissions > perMinute) {
      refuse(workloads, quota, { ...counted, refused: 'submissionsPerMinute' });
    }
    if (pendingMax === null) return letInUnder(quota, counted);
    if (counted.pending === null) {
      // What waits was not counted before; as a submission it was.
      const waiting = await this.ask({
        ...submitted,
        quota: { ...quota, submissionsPerMinute: null },
      });
      refuse(workloads, quota, waiting);
      return letInUnder(quota, { ...counted, pending: waiting.pending });
    }
    if (counted.pending + workloads > pendingMax) {
      refuse(workloads, quota, { ...counted, refused: 'pendingWorkloads' });
    }
    return letInUnder(quota, counted);
  }

  private ask({ tenantId, stream, workloads, quota }: Submitted): Promise<Admitted> {
    const { submissionsPerMinute: perMinute, pendingWorkloads: pendingMax } = quota;
    return this.admit({ tenantId, stream, workloads, perMinute, pendingMax });
  }
}

function isLimited({ submissionsPerMinute, pendingWorkloads }: TenantQuota): boolean {
  return submissionsPerMinute !== null || pendingWorkloads !== null;
}

function areSameLimits(a: TenantQuota, b: TenantQuota): boolean {
  return (
    a.submissionsPerMinute === b.submissionsPerMinute && a.pendingWorkloads === b.pendingWorkloads
  );
}

function refuse(workloads: number, quota: TenantQuota, { refused, ...counted }: Admitted): void {
  if (refused === null) return;
  if (refused === 'submissionsPerMinute') {
    const perMinute = quota.submissionsPerMinute ?? 0;
    // No minute will ever have room for one.
    if (perMinute === 0) throw quotaExceeded({ quota: refused, limit: 0, use: 0, asked: 1 });
    throw tooManySubmissions(perMinute, counted.resetMs);
  }
  const limit = quota.pendingWorkloads ?? 0;
  throw quotaExceeded({ quota: refused, limit, use: counted.pending ?? 0, asked: workloads });
}

function letInUnder(quota: TenantQuota, counted: Admitted): LetIn {
  const { submissionsPerMinute: limit } = quota;
  const { submissions, resetMs } = counted;
  return {
    quota,
    counted,
    headers: limit === null ? {} : rateHeaders(limit, submissions, resetMs),
  };
}
