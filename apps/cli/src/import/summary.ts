import type { CheckReport, Violation } from '@bulkhead/checker';
import type { Isolation, TrustLevel } from '@bulkhead/domain';
import type { Outcome, RunRecord } from './run-record.js';
import type { SubmissionResult } from './submit-jobs.js';
import type { Survey } from './survey.js';
import type { ImportTenant } from './tenant-access.js';

const VIOLATIONS_SHOWN = 10;

/** What the checker says of the whole log, including what was there before the import. */
export interface CheckSummary {
  readonly events: number;
  readonly journalEntries: number;
  readonly violations: number;
  readonly violationsByCheck: CheckReport['violationsByCheck'];
  readonly firstViolations: readonly Violation[];
  readonly exposureWindows: number;
  readonly notChecked: readonly string[];
}

/** Everything that an import found out, as `--json` prints it. */
export interface ImportSummary {
  readonly file: string;
  readonly runId: string;
  readonly speed: number;
  readonly hosts: number;
  /** Whether the import's hosts stay open for later work; otherwise they are cordoned at its end. */
  readonly hostsKept: boolean;
  readonly tenants: { readonly total: number } & Readonly<Record<TrustLevel, number>>;
  readonly jobs: {
    readonly selected: number;
    readonly malformedLines: number;
    readonly accepted: number;
    readonly rejected: number;
    readonly turnedDown: number;
    readonly unfinished: number;
    readonly problems: readonly string[];
  };
  readonly outcomes: Readonly<Record<Outcome, number>>;
  readonly isolation: Readonly<Record<Isolation, number>> & {
    readonly reasons: readonly { readonly rule: string; readonly workloads: number }[];
  };
  readonly startTimes: ReturnType<RunRecord['startTimes']>;
  readonly kernelSharing: {
    readonly kernels: number;
    /** Tenants that were on one of them together with another. */
    readonly tenants: number;
  };
  readonly events: { readonly ofThisImport: number; readonly inLog: number };
  readonly submitSeconds: number;
  readonly seconds: number;
  readonly workloadsPerSecond: number;
  /** Why it was given up before everything ended; null where it was not. */
  readonly stalled: string | null;
  readonly check: CheckSummary;
}

export interface SummaryParts {
  readonly file: string;
  readonly runId: string;
  readonly speed: number;
  readonly hosts: number;
  /** Whether the import's hosts stay open for later work; otherwise they are cordoned at its end. */
  readonly hostsKept: boolean;
  readonly survey: Survey;
  readonly tenants: readonly ImportTenant[];
  readonly record: RunRecord;
  readonly submission: SubmissionResult;
  readonly logPosition: number;
  readonly submitSeconds: number;
  readonly seconds: number;
  readonly stalled: string | null;
  readonly check: CheckReport;
}

export function summarize(parts: SummaryParts): ImportSummary {
  const { file, runId, speed, hosts, hostsKept, survey, record, submission, check } = parts;
  const { accepted, rejected, turnedDown, problems } = submission;
  const unfinished = accepted + rejected - record.finished;
  const count = (outcome: Outcome) => record.outcomes.get(outcome) ?? 0;
  const seconds = toHundredths(parts.seconds);
  return {
    file,
    runId,
    speed,
    hosts,
    hostsKept,
    tenants: tenantCounts(parts.tenants),
    jobs: {
      selected: survey.jobs,
      malformedLines: survey.malformed,
      accepted,
      rejected,
      turnedDown,
      unfinished,
      problems,
    },
    outcomes: {
      succeeded: count('succeeded'),
      failed: count('failed'),
      cancelled: count('cancelled'),
      'timed-out': count('timed-out'),
      rejected: count('rejected'),
    },
    isolation: {
      process: record.isolations.get('process') ?? 0,
      hyperv: record.isolations.get('hyperv') ?? 0,
      reasons: [...record.rules]
        .map(([rule, workloads]) => ({ rule, workloads }))
        .sort((a, b) => b.workloads - a.workloads),
    },
    startTimes: record.startTimes(),
    kernelSharing: sharingOf(parts),
    events: { ofThisImport: record.events, inLog: parts.logPosition },
    submitSeconds: toHundredths(parts.submitSeconds),
    seconds,
    workloadsPerSecond: toHundredths(record.finished / Math.max(seconds, 0.01)),
    stalled: parts.stalled,
    check: {
      events: check.events,
      journalEntries: check.journalEntries,
      violations: check.violationsTotal,
      violationsByCheck: check.violationsByCheck,
      firstViolations: check.violations.slice(0, VIOLATIONS_SHOWN),
      exposureWindows: check.windowsTotal,
      notChecked: check.notChecked,
    },
  };
}

/** Whether everything that was imported came to its end and nothing speaks against the log. */
export function isGood({ jobs, check }: ImportSummary): boolean {
  return jobs.unfinished === 0 && jobs.turnedDown === 0 && check.violations === 0;
}

function tenantCounts(tenants: readonly ImportTenant[]): ImportSummary['tenants'] {
  const of = (trust: TrustLevel) => tenants.filter((tenant) => tenant.trust === trust).length;
  return {
    total: tenants.length,
    trusted: of('trusted'),
    standard: of('standard'),
    hostile: of('hostile'),
  };
}

/** A kernel counts where at least two of the import's tenants were on it at the same time. */
function sharingOf({ check, tenants }: SummaryParts): ImportSummary['kernelSharing'] {
  const own = new Set(tenants.map(({ id }) => id));
  const kernels = check.statistics.sharedKernels.filter(
    (kernel) => kernel.tenants.filter((id) => own.has(id)).length > 1,
  );
  return { kernels: kernels.length, tenants: new Set(kernels.flatMap((k) => k.tenants)).size };
}

function toHundredths(value: number): number {
  return Math.round(value * 100) / 100;
}
