import type { BeyondQuota } from '@bulkhead/domain';
import type { TooMuchOpenWork } from '@bulkhead/event-store';
import { RequestProblem } from './problem.js';

/** What a request would take of a quota, beside what is taken already. */
export interface AskedOfQuota {
  readonly quota: string;
  readonly limit: number;
  /** Before this request. */
  readonly use: number;
  readonly asked: number;
}

/** @param advice what would make room, as a sentence */
export function quotaExceeded(
  { quota, limit, use, asked }: AskedOfQuota,
  advice = '',
): RequestProblem {
  const beside = use === 0 ? '' : ` beside the ${use} that there are`;
  const detail = `The quota of ${quota} is ${limit}, and ${asked} ${asked === 1 ? 'is' : 'are'} asked for${beside}.`;
  return new RequestProblem({
    status: 422,
    code: 'QUOTA_EXCEEDED',
    title: 'The quota does not allow this',
    detail: `${detail} Nothing was recorded.${advice === '' ? '' : ` ${advice}`}`,
    extensions: { quota, limit, use, asked },
  });
}

/** One request alone is more than a tenant may ever have. */
export function neverWithinQuota({ quota, limit, use }: BeyondQuota): RequestProblem {
  return quotaExceeded({ quota, limit, use: 0, asked: use });
}

const ROOM_COMES_BACK =
  'It bounds what was accepted and has not ended, all tasks of open batches included; room comes back as workloads and batches end or are cancelled.';

/** The tenant has as much open work as any tenant of the installation may have, whatever its quota says. */
export function tooMuchOpenWork({ max: limit, open: use, asked }: TooMuchOpenWork): RequestProblem {
  return quotaExceeded({ quota: 'openWorkloads', limit, use, asked }, ROOM_COMES_BACK);
}
