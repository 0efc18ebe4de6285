import type { ApiClient } from '../http/api-client.js';
import { isRecord, RequestRefused } from '../http/problem.js';
import type { SwfJob } from '../swf/swf-job.js';
import { type JobMapping, jobRequest } from './job-request.js';

export interface Submission {
  readonly jobs: AsyncIterable<SwfJob>;
  readonly clientOf: (user: number | null) => ApiClient;
  readonly mapping: JobMapping;
  readonly runId: string;
  readonly concurrency: number;
  /** Log seconds at which the import's clock starts; null submits without gaps. */
  readonly gapsFromSeconds: number | null;
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<unknown>;
  /** True once nothing more is to be submitted, because the import has failed elsewhere. */
  readonly isOver: () => boolean;
  readonly progress: (counts: SubmissionCounts) => void;
}

export interface SubmissionCounts {
  readonly accepted: number;
  /** Recorded and refused by the rules: the log has them, at their end already. */
  readonly rejected: number;
  /** Turned down without a record. */
  readonly turnedDown: number;
}

export interface SubmissionResult extends SubmissionCounts {
  /** The first problems of those turned down. */
  readonly problems: readonly string[];
}

const PROBLEMS_SHOWN = 5;
const MAX_SLEEP_MS = 500;
/** While its tenant has as much open as it may have, a job is sent again so often. */
const ROOM_LOOK_MS = 500;
/** A tenant that had no room for so long has its jobs turned down, each after one look, until one of them finds some. */
const ROOM_PATIENCE_MS = 3_600_000;
const RECORDED_REFUSALS: ReadonlySet<string> = new Set(['ISOLATION_REFUSED', 'UNPLACEABLE']);

/**
 * Submits every job as its user's tenant, so many at once at most, in the order of the log. A job's
 * key holds its line, so a request that is sent again never makes a second workload.
 */
export async function submitJobs(submission: Submission): Promise<SubmissionResult> {
  const counts = { accepted: 0, rejected: 0, turnedDown: 0 };
  const problems: string[] = [];
  const jobs = submission.jobs[Symbol.asyncIterator]();
  const startedAtMs = submission.nowMs();
  const fullSinceMs: FullSince = new Map();
  let failed = false;
  const submitter = async (): Promise<void> => {
    for (;;) {
      const next = await jobs.next();
      if (next.done || failed || submission.isOver()) return;
      await untilDue(submission, startedAtMs, next.value);
      if (submission.isOver()) return;
      const refusal = await submitOnceThereIsRoom(submission, fullSinceMs, next.value);
      if (refusal === null) counts.accepted += 1;
      else if (RECORDED_REFUSALS.has(refusal.problem.code)) counts.rejected += 1;
      else {
        counts.turnedDown += 1;
        if (problems.length < PROBLEMS_SHOWN) {
          problems.push(`line ${next.value.line}: ${refusal.message}`);
        }
      }
      submission.progress(counts);
    }
  };
  const submitters = Array.from({ length: submission.concurrency }, () =>
    submitter().catch((error: unknown) => {
      failed = true;
      throw error;
    }),
  );
  try {
    await Promise.all(submitters);
  } finally {
    await Promise.allSettled(submitters);
    await jobs.return?.();
  }
  return { ...counts, problems };
}

/** Sleeps in short pieces, so that an import that is over does not wait for a job of next week. */
async function untilDue(
  { gapsFromSeconds, mapping, nowMs, sleep, isOver }: Submission,
  startedAtMs: number,
  job: SwfJob,
): Promise<void> {
  if (gapsFromSeconds === null) return;
  const dueAtMs = startedAtMs + ((job.submitSeconds - gapsFromSeconds) * 1_000) / mapping.speed;
  for (let waitMs = dueAtMs - nowMs(); waitMs > 0 && !isOver(); waitMs = dueAtMs - nowMs()) {
    await sleep(Math.min(waitMs, MAX_SLEEP_MS));
  }
}

/** By user: since when its tenant has had no room for a job. */
type FullSince = Map<SwfJob['user'], number>;

/**
 * A log may hold more than a tenant may have open at a time: room comes back as its jobs end. It is the tenant that is
 * waited for, and not each of its jobs: where nothing of it ends, jobs with an hour of their own would keep the
 * submitters from those of all others for as many hours as there are jobs.
 */
async function submitOnceThereIsRoom(
  submission: Submission,
  fullSinceMs: FullSince,
  job: SwfJob,
): Promise<RequestRefused | null> {
  const { isOver, nowMs, sleep } = submission;
  for (;;) {
    const refusal = await submitJob(submission, job);
    if (refusal === null) fullSinceMs.delete(job.user);
    if (refusal === null || !isForWantOfRoom(refusal)) return refusal;
    const sinceMs = fullSinceMs.get(job.user) ?? nowMs();
    fullSinceMs.set(job.user, sinceMs);
    if (isOver() || nowMs() - sinceMs >= ROOM_PATIENCE_MS) return refusal;
    await sleep(ROOM_LOOK_MS);
  }
}

function isForWantOfRoom({ problem: { code, body } }: RequestRefused): boolean {
  return code === 'QUOTA_EXCEEDED' && isRecord(body) && body['quota'] === 'openWorkloads';
}

/** Null when it was accepted. Whatever is no refusal ends the import. */
async function submitJob(submission: Submission, job: SwfJob): Promise<RequestRefused | null> {
  const { clientOf, mapping, runId } = submission;
  try {
    const body = jobRequest(job, mapping);
    await clientOf(job.user).post('/v1/workloads', body, `${runId}-line-${job.line}`);
    return null;
  } catch (error) {
    if (error instanceof RequestRefused) return error;
    throw error;
  }
}
