import type { Mix, PlannedHosts } from '@bulkhead/simulation';
import { NoJobs } from '../import/prepare.js';
import { type Survey, Surveyor } from '../import/survey.js';
import { type Selection, selectJobs } from '../swf/select-jobs.js';
import type { SwfJob } from '../swf/swf-job.js';
import { type JobLogChoices, jobLogMix } from './job-log-mix.js';

export interface ReadJobLog {
  readonly survey: Survey;
  /** For hosts like these. */
  readonly mixFor: (hosts: PlannedHosts) => Mix;
}

/** Reads a job log in the Standard Workload Format, plain or compressed. @throws NoJobs, UnreadableLog */
export async function readJobLog(
  file: string,
  selection: Selection,
  choices: JobLogChoices,
): Promise<ReadJobLog> {
  const surveyor = new Surveyor();
  const jobs: SwfJob[] = [];
  for await (const job of selectJobs(file, selection, (line) => surveyor.addMalformed(line))) {
    surveyor.add(job);
    jobs.push(job);
  }
  if (jobs.length === 0) throw new NoJobs(`${file} has no job that could be simulated`);
  const survey = surveyor.finish();
  return { survey, mixFor: (hosts) => jobLogMix(jobs, survey, hosts, choices) };
}
