import { JOB_ATTEMPTS_MAX } from '../queue/bull-job-queue.js';
import { type JobKind, QUEUE_OF } from '../queue/job.js';

/** A try of a job that failed. */
export interface FailedTry {
  readonly kind: JobKind;
  readonly id: string | undefined;
  readonly data: object;
  /** With this one. */
  readonly tries: number;
  readonly triesMax: number;
  /** In a bundle, out of which it goes on as a job of its own, with all of its tries. */
  readonly isBundled: boolean;
}

/** What a log line says of it: a sentence for who reads the console, and the parts for who searches. */
export function failureOf(failed: FailedTry): { readonly fields: object; readonly text: string } {
  const { kind, id, tries, triesMax } = failed;
  const { tenantId, workloadId, hostId, correlationId } = failed.data as Record<string, string>;
  const queue = QUEUE_OF[kind];
  const work = { tenant: tenantId, workload: workloadId, host: hostId, correlationId };
  const whose = workloadId ?? hostId ?? id;
  const named = [kind, ...(whose === undefined ? [] : ['of', whose]), 'in queue', queue].join(' ');
  return {
    fields: { queue, kind, job: id, ...work, tries, triesMax },
    text: `job failed: ${named}, ${whatFollows(failed, queue)}`,
  };
}

function whatFollows({ tries, triesMax, isBundled }: FailedTry, queue: string): string {
  if (isBundled) return `will be tried again alone (up to ${JOB_ATTEMPTS_MAX} times)`;
  if (tries < triesMax) return `will be tried again (${tries} of ${triesMax})`;
  return `for good (${tries} of ${triesMax}; bulkhead queue show ${queue})`;
}
