import type {
  Clock,
  ComputeSystemId,
  ExitType,
  Isolation,
  KernelInstanceId,
  TemplateId,
  TimeMs,
  WorkloadId,
} from '@bulkhead/domain';
import type { DriverErrorCode, Fence } from '../driver.js';

export type JournalKind =
  | 'boot'
  | 'lease-renewed'
  | 'lease-expired'
  | 'create'
  | 'start'
  | 'started'
  | 'start-failed'
  | 'exit'
  | 'escape-attempt'
  | 'shutdown'
  | 'terminate'
  | 'release'
  | 'boots-instead'
  | 'cloned'
  | 'template-save'
  | 'template-saved'
  | 'template-given-up'
  | 'template-retire'
  | 'refused';

/** What a host calls the request that it carried out or refused. */
export type HostOperation =
  | 'provision'
  | 'reboot'
  | 'renew-lease'
  | 'create'
  | 'start'
  | 'shutdown'
  | 'terminate'
  | 'release'
  | 'save-template'
  | 'retire-template';

/**
 * One line of a host's own record of what it did, written before the effect is visible to anyone. It
 * knows nothing of the event log, so that the two can be compared. A `boot` ends everything of the boot
 * before it; `lease-renewed` is written only when the lease goes to another token.
 */
export interface JournalEntry {
  /** 1, 2, 3, … over the whole life of the host, across boots. */
  readonly seq: number;
  readonly atMs: TimeMs;
  readonly bootId: string;
  readonly kind: JournalKind;
  readonly computeSystemId?: ComputeSystemId;
  readonly workloadId?: WorkloadId;
  readonly isolation?: Isolation;
  readonly kernelInstanceId?: KernelInstanceId;
  /** With everything that happens to a template, and where one was cloned. */
  readonly templateId?: TemplateId;
  /** Only with `cloned`: which ready copy was claimed, if any, and what is the clone's alone. */
  readonly warmCopy?: number | null;
  readonly runtimeId?: string;
  readonly seedFingerprint?: string;
  /** Of the request that had this effect or was refused; what happens by itself has none. */
  readonly fence?: Fence;
  /** Only with `exit`. */
  readonly exitCode?: number;
  readonly exitType?: ExitType;
  /** Only with `refused`. */
  readonly operation?: HostOperation;
  readonly code?: DriverErrorCode;
  readonly detail?: string;
}

/** An entry as its writer knows it; the journal adds number, time and boot. */
export type JournalDraft = Omit<JournalEntry, 'seq' | 'atMs' | 'bootId'>;

/** Where entries are kept. `append` returns when the entry would survive the end of this process. */
export interface JournalSink {
  append(entry: JournalEntry): void;
}

/** Numbers the entries of one host and stamps them with time and boot. */
export class HostJournal {
  bootId = '';
  #lastAtMs: TimeMs = 0;

  constructor(
    private readonly sink: JournalSink,
    private readonly clock: Clock,
    private lastSeq: number,
  ) {}

  /** When the newest entry of this boot happened. What is recorded late did not happen before it. */
  get lastAtMs(): TimeMs {
    return this.#lastAtMs;
  }

  /** Throws what the sink throws, and then the effect must not happen. */
  append(draft: JournalDraft, atMs: TimeMs = this.clock()): void {
    const seq = this.lastSeq + 1;
    this.sink.append({ seq, atMs, bootId: this.bootId, ...draft });
    this.lastSeq = seq;
    this.#lastAtMs = atMs;
  }
}
