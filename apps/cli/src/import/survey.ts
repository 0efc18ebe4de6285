import type { MalformedLine } from '../swf/select-jobs.js';
import type { SwfJob } from '../swf/swf-job.js';
import { processorsOf, runSecondsOf } from './job-request.js';

/** One user of a log, as far as its tenant depends on it. Null stands for the jobs of nobody known. */
export interface SurveyedUser {
  readonly user: number | null;
  readonly jobs: number;
  readonly groups: readonly (number | null)[];
}

/** What the first reading of a log finds, so that tenants and hosts exist before the first job. */
export interface Survey {
  readonly jobs: number;
  readonly users: readonly SurveyedUser[];
  readonly largestProcessors: number;
  readonly longestRunSeconds: number;
  readonly firstSubmitSeconds: number;
  readonly malformed: number;
  /** The first malformed lines; the rest are only counted. */
  readonly malformedLines: readonly MalformedLine[];
}

/** So many malformed lines are shown one by one. */
export const MALFORMED_SHOWN = 20;

/** Collects a survey from one reading. */
export class Surveyor {
  private readonly users = new Map<number | null, { jobs: number; groups: Set<number | null> }>();
  private readonly lines: MalformedLine[] = [];
  private jobs = 0;
  private malformed = 0;
  private largestProcessors = 0;
  private longestRunSeconds = 0;
  private firstSubmitSeconds = Number.POSITIVE_INFINITY;

  add(job: SwfJob): void {
    this.jobs += 1;
    this.largestProcessors = Math.max(this.largestProcessors, processorsOf(job));
    this.longestRunSeconds = Math.max(this.longestRunSeconds, runSecondsOf(job));
    this.firstSubmitSeconds = Math.min(this.firstSubmitSeconds, job.submitSeconds);
    const known = this.users.get(job.user) ?? { jobs: 0, groups: new Set() };
    known.jobs += 1;
    known.groups.add(job.group);
    this.users.set(job.user, known);
  }

  addMalformed(line: MalformedLine): void {
    this.malformed += 1;
    if (this.lines.length < MALFORMED_SHOWN) this.lines.push(line);
  }

  finish(): Survey {
    const users = [...this.users].map(([user, { jobs, groups }]) => ({
      user,
      jobs,
      groups: [...groups],
    }));
    users.sort((a, b) => (a.user ?? -1) - (b.user ?? -1));
    return {
      jobs: this.jobs,
      users,
      largestProcessors: this.largestProcessors,
      longestRunSeconds: this.longestRunSeconds,
      firstSubmitSeconds: this.jobs === 0 ? 0 : this.firstSubmitSeconds,
      malformed: this.malformed,
      malformedLines: this.lines,
    };
  }
}
