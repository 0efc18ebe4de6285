import type { RecordedEvent, TimeMs } from '@bulkhead/domain';
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
  const journalHosts = new Set(journals.map((journal) => journal.hostId));
  const options = {
    evictionBoundMs: EVICTION_BOUND_MS,
    mustBeFinished: false,
    ...log.options,
    journalHosts,
  };
  const findings = new Findings();
  const windows = new ExposureWindows();
  const running = openChecks(findings, options, windows);
  const ledger = new Ledger();
  const keeper = new StatisticsKeeper();
  let events = 0;
  for await (const recorded of log.events) {
    events += 1;
    for (const [id, check] of running) {
      guarded(findings, id, recorded, () => check.see(recorded, ledger));
    }
    guarded(findings, 'legal-folds', recorded, () => {
      keeper.see(recorded, ledger);
      recordEvent(ledger, recorded);
    });
  }
  const journalEntries = await readJournals(journals, running);
  for (const [, check] of running) check.finish?.(ledger);
  return {
    events,
    journalEntries,
    violationsTotal: findings.total,
    violationsByCheck: findings.countsByCheck,
    violations: findings.violations,
    notChecked: [
      ...unchecked(ledger, options, journalHosts),
      ...[...running.values()].flatMap((check) => check.notChecked?.() ?? []),
    ],
    windowsTotal: windows.total,
    windows: windows.kept,
    statistics: keeper.close(ledger),
  };
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
  return running;
}

/** A malformed event is a finding, not the end of the check. */
function guarded(findings: Findings, id: CheckId, at: RecordedEvent, judge: () => void): void {
  try {
    judge();
  } catch (error) {
    findings.reportOf(id)(`the event cannot be read: ${(error as Error).message}`, at);
  }
}

async function readJournals(
  journals: readonly HostJournal[],
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
