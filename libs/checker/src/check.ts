import type { HostId, RecordedEvent, TimeMs } from '@bulkhead/domain';
import type { JournalEntry } from './journal-entry.js';
import type { Ledger } from './ledger.js';

export type CheckId =
  | 'log-order'
  | 'legal-folds'
  | 'promise-1'
  | 'promise-2'
  | 'promise-3'
  | 'promise-5'
  | 'promise-5-journals'
  | 'eviction'
  | 'advisories'
  | 'incidents'
  | 'kernels'
  | 'templates'
  | 'capacity'
  | 'open-hosts'
  | 'placer-terms'
  | 'one-end'
  | 'batch-outcomes'
  | 'batch-terms'
  | 'schedules';

/** Something that must never be in a log, and where it is. */
export interface Violation {
  readonly check: CheckId;
  /** Null where it is not about one event of the log. */
  readonly position: number | null;
  readonly stream: string | null;
  readonly detail: string;
}

/** What a check tells: a sentence, and the event that it is about. */
export type Report = (detail: string, at?: RecordedEvent) => void;

export interface CheckOptions {
  /** How long silos may outlive the change of trust or boundary that forbids them. */
  readonly evictionBoundMs: TimeMs;
  /** Every workload must have reached its end, and nothing may be held any more. */
  readonly mustBeFinished: boolean;
  /** Hosts whose journals will follow the log. */
  readonly journalHosts: ReadonlySet<HostId>;
}

/**
 * Proves one thing over a log. `see` is called for every event in the order of positions, with the
 * ledger as it was before that event; then come the journals, then `finish`.
 */
export interface Check {
  see(recorded: RecordedEvent, ledger: Ledger): void;
  journal?(hostId: HostId, entry: JournalEntry): void;
  finish?(ledger: Ledger): void;
  /** Sentences: what this check met and could not judge. Asked after `finish`. */
  notChecked?(): readonly string[];
}

export type CheckMaker = (report: Report, options: CheckOptions) => Check;

/** How many violations a report names; all are counted. */
export const VIOLATIONS_KEPT = 100;

/** Collects what the checks report. */
export class Findings {
  readonly violations: Violation[] = [];
  readonly countsByCheck: Partial<Record<CheckId, number>> = {};
  total = 0;

  reportOf(check: CheckId): Report {
    return (detail, at) => {
      this.total += 1;
      this.countsByCheck[check] = (this.countsByCheck[check] ?? 0) + 1;
      if (this.violations.length >= VIOLATIONS_KEPT) return;
      const position = at?.position ?? null;
      this.violations.push({ check, position, stream: at?.stream ?? null, detail });
    };
  }
}
