import type { RecordedEvent, TimeMs } from '@bulkhead/domain';
import { advisoriesAreObeyed } from './advisories.js';
import { type Check, type CheckId, type CheckOptions, Findings, type Violation } from './check.js';
import { checks } from './checks.js';
import { evictedInTime } from './eviction.js';
import { type ExposureWindow, ExposureWindows } from './exposure-windows.js';
import type { HostJournal } from './journal-entry.js';
import { Ledger } from './ledger.js';
import { unchecked } from './not-checked.js';
import { recordEvent } from './record-event.js';
import { type Statistics, StatisticsKeeper } from './statistics.js';

export interface LogToCheck {
  /** The whole log from position 1, in order. */
  readonly events: Iterable<RecordedEvent> | AsyncIterable<RecordedEvent>;
  /** Whole journals. Hosts without one are named in `notChecked`. */
  readonly journals?: Iterable<HostJournal>;
  readonly options?: Partial<Pick<CheckOptions, 'evictionBoundMs' | 'mustBeFinished'>>;
}

export interface CheckReport {
  /** Events that were read. */
  readonly events: number;
  readonly journalEntries: number;
  /** All of them are counted, the first hundred are shown. */
  readonly violationsTotal: number;
  readonly violationsByCheck: Readonly<Partial<Record<CheckId, number>>>;
  readonly violations: readonly Violation[];
  /** Sentences: what was not proved, and why. */
  readonly notChecked: readonly string[];
  readonly windowsTotal: number;
  readonly windows: readonly ExposureWindow[];
  readonly statistics: Statistics;
}

/** The stated bound of promise 1, where no other is given. */
export const EVICTION_BOUND_MS: TimeMs = 10_000;

/**
 * Reads a log once, then the journals once, and proves promises 1, 2, 3 and 5 and the invariants over
 * them. Nothing of it asks a decider what should have happened: each check restates its promise.
 */
export async function checkLog(log: LogToCheck): Promise<CheckReport> {
  const journals = [...(log.journals ?? [])];
  const check = new LogCheck({
    ...log.options,
    journalHosts: new Set(journals.map((journal) => journal.hostId)),
  });
  for await (const recorded of log.events) check.see(recorded);
  return check.finish(journals);
}

/** The same, for a log that is still being written: what is wrong so far is known after every event. */
export class LogCheck {
  private readonly findings = new Findings();
  private readonly windows = new ExposureWindows();
  private readonly ledger = new Ledger();
  private readonly keeper = new StatisticsKeeper();
  private readonly options: CheckOptions;
  private readonly running: Map<CheckId, Check>;
  private events = 0;

  constructor(options: Partial<CheckOptions> = {}) {
    this.options = {
      evictionBoundMs: EVICTION_BOUND_MS,
      mustBeFinished: false,
      journalHosts: new Set(),
      ...options,
    };
    this.running = openChecks(this.findings, this.options, this.windows);
  }

  /** What the events that were seen have broken. */
  get violations(): readonly Violation[] {
    return this.findings.violations;
  }

  see(recorded: RecordedEvent): void {
    const { findings, ledger } = this;
    this.events += 1;
    // Without a function made for each check: there are some twenty of them for every event.
    for (const [id, check] of this.running) {
      try {
        check.see(recorded, ledger);
      } catch (error) {
        reportMalformed(findings, id, recorded, error);
      }
    }
    try {
      this.keeper.see(recorded, ledger);
      recordEvent(ledger, recorded);
    } catch (error) {
      reportMalformed(findings, 'legal-folds', recorded, error);
    }
  }

  /** Reads the journals and closes the check: nothing is seen any more. */
  async finish(journals: Iterable<HostJournal>): Promise<CheckReport> {
    const { findings, windows, ledger, options, running } = this;
    const journalEntries = await readJournals(journals, running);
    for (const check of running.values()) check.finish?.(ledger);
    return {
      events: this.events,
      journalEntries,
      violationsTotal: findings.total,
      violationsByCheck: findings.countsByCheck,
      violations: findings.violations,
      notChecked: [
        ...unchecked(ledger, options, options.journalHosts),
        ...[...running.values()].flatMap((check) => check.notChecked?.() ?? []),
      ],
      windowsTotal: windows.total,
      windows: windows.kept,
      statistics: this.keeper.close(ledger),
    };
  }
}

function openChecks(
  findings: Findings,
  options: CheckOptions,
  windows: ExposureWindows,
): Map<CheckId, Check> {
  const running = new Map<CheckId, Check>();
  for (const [id, make] of Object.entries(checks) as [
    keyof typeof checks,
    (typeof checks)['kernels'],
  ][]) {
    running.set(id, make(findings.reportOf(id), options));
  }
  running.set('eviction', evictedInTime(findings.reportOf('eviction'), options, windows));
  running.set('advisories', advisoriesAreObeyed(findings.reportOf('advisories'), options, windows));
  return running;
}

/** A malformed event is a finding, not the end of the check. */
function reportMalformed(findings: Findings, id: CheckId, at: RecordedEvent, error: unknown): void {
  findings.reportOf(id)(`the event cannot be read: ${(error as Error).message}`, at);
}

async function readJournals(
  journals: Iterable<HostJournal>,
  running: ReadonlyMap<CheckId, Check>,
): Promise<number> {
  let entries = 0;
  for (const { hostId, entries: lines } of journals) {
    for await (const entry of lines) {
      entries += 1;
      for (const check of running.values()) check.journal?.(hostId, entry);
    }
  }
  return entries;
}
