import { type CheckReport, checkLog } from '@bulkhead/checker';
import { readLogPage } from '../http/audit-events.js';
import { counted } from '../output/counted.js';
import { selectJobs } from '../swf/select-jobs.js';
import { type Followed, followLog } from './follow-log.js';
import { ImportFleet } from './import-fleet.js';
import type { ImportOptions } from './import-options.js';
import type { ImportSurroundings } from './import-surroundings.js';
import { journalsIn } from './journals.js';
import { prepare, type Stage } from './prepare.js';
import { RunRecord } from './run-record.js';
import { type SubmissionResult, submitJobs } from './submit-jobs.js';
import { type ImportSummary, summarize } from './summary.js';

/** How often the end of the log is looked at. */
const FOLLOW_POLL_MS = 250;

/**
 * Imports a job log: reads it once to know its users and its largest job, makes tenants and hosts, submits
 * every job while it follows the log, and ends when all workloads have, with the check of the log.
 */
export async function runImport(
  options: ImportOptions,
  around: ImportSurroundings,
): Promise<ImportSummary> {
  const fleet = new ImportFleet(options, around);
  try {
    const stage = await prepare(options, around, fleet);
    return await new SubmittedImport(options, around, stage).run();
  } finally {
    await fleet.giveBack();
  }
}

class SubmittedImport {
  private readonly record: RunRecord;
  private readonly followed: Followed = { position: 0, stalled: null };
  private readonly startedAtMs: number;
  private submitted = 0;
  private submission: SubmissionResult | null = null;
  private submitSeconds = 0;
  private isOver = false;

  constructor(
    private readonly options: ImportOptions,
    private readonly around: ImportSurroundings,
    private readonly stage: Stage,
  ) {
    this.record = new RunRecord(new Set(stage.tenants.map(({ id }) => id)));
    this.startedAtMs = around.nowMs();
  }

  /** Submits and follows side by side; where one of them fails, the other ends too. */
  async run(): Promise<ImportSummary> {
    const submitting = this.submit();
    const submitted = submitting.catch(() => undefined);
    let check: CheckReport;
    let finishedAfterSeconds = 0;
    try {
      check = await this.checkWhileFollowing(() => {
        finishedAfterSeconds = this.secondsSinceStart();
      });
      this.around.signal.throwIfAborted();
    } finally {
      this.isOver = true;
      await submitted;
    }
    return summarize({
      file: this.options.file,
      speed: this.options.speed,
      runId: this.around.runId,
      survey: this.stage.survey,
      tenants: this.stage.tenants,
      hosts: this.stage.hosts,
      hostsKept: this.options.keepHosts === true,
      record: this.record,
      submission: await submitting,
      logPosition: this.followed.position,
      submitSeconds: this.submitSeconds,
      seconds: finishedAfterSeconds,
      stalled: this.followed.stalled,
      check,
    });
  }

  private async submit(): Promise<SubmissionResult> {
    const { options, stage, around } = this;
    around.step(`Submitting ${counted(stage.survey.jobs, 'job')}, ${options.concurrency} at once.`);
    try {
      this.submission = await submitJobs({
        jobs: selectJobs(options.file, options.selection),
        clientOf: stage.clientOf,
        mapping: stage.mapping,
        runId: around.runId,
        concurrency: options.concurrency,
        gapsFromSeconds: options.atOnce ? null : stage.survey.firstSubmitSeconds,
        nowMs: around.nowMs,
        sleep: around.sleep,
        isOver: () => this.isOver || around.signal.aborted,
        progress: ({ accepted, rejected, turnedDown }) => {
          this.submitted = accepted + rejected + turnedDown;
          this.showProgress();
        },
      });
    } catch (error) {
      this.isOver = true;
      throw error;
    }
    this.submitSeconds = this.secondsSinceStart();
    return this.submission;
  }

  private async checkWhileFollowing(finished: () => void): Promise<CheckReport> {
    const { options, stage, around, record, followed } = this;
    const events = followLog(
      {
        readPage: (afterPosition) => readLogPage(around.auditor, afterPosition),
        record,
        expected: () =>
          this.submission === null ? null : this.submission.accepted + this.submission.rejected,
        isOver: () => this.isOver || around.signal.aborted,
        stallMs: options.stallSeconds * 1_000 + stage.longestRunMs,
        pollMs: FOLLOW_POLL_MS,
        nowMs: around.nowMs,
        sleep: around.sleep,
        progress: () => this.showProgress(),
      },
      followed,
    );
    async function* untilFinished() {
      yield* events;
      finished();
    }
    return checkLog({ events: untilFinished(), journals: journalsIn(options.journals) });
  }

  private showProgress(): void {
    const { submitted, record, stage } = this;
    const { running, finished } = record;
    this.around.progress({ total: stage.survey.jobs, submitted, running, finished });
  }

  private secondsSinceStart(): number {
    return (this.around.nowMs() - this.startedAtMs) / 1_000;
  }
}
