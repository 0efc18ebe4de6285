import { processorsOf, runSecondsOf } from '../../apps/cli/src/import/job-request.js';
import type { SwfJob } from '../../apps/cli/src/swf/swf-job.js';

/**
 * The jobs that run at the moment when most processors are busy, in the order of their submission, if every
 * job started when it was submitted and they came `density` times as close as they did.
 */
export function runningAtBusiest(jobs: readonly SwfJob[], density: number): readonly SwfJob[] {
  const startOf = (job: SwfJob) => job.submitSeconds / density;
  const changes = jobs.flatMap((job) => [
    { at: startOf(job), by: processorsOf(job) },
    { at: startOf(job) + runSecondsOf(job), by: -processorsOf(job) },
  ]);
  changes.sort((a, b) => a.at - b.at || a.by - b.by);
  let busy = 0;
  let most = 0;
  let busiestAt = 0;
  for (const { at, by } of changes) {
    busy += by;
    if (busy > most) [most, busiestAt] = [busy, at];
  }
  return jobs
    .filter((job) => startOf(job) <= busiestAt && startOf(job) + runSecondsOf(job) > busiestAt)
    .sort((a, b) => a.submitSeconds - b.submitSeconds);
}
