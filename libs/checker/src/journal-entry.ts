import type {
  ComputeSystemId,
  HostId,
  Isolation,
  KernelInstanceId,
  TemplateId,
  TimeMs,
  WorkloadId,
} from '@bulkhead/domain';

/**
 * One line of a host's own record of what it did, as far as the checker reads it. Declared here once
 * more, so that the proof does not lean on the code that wrote the journal.
 */
export interface JournalEntry {
  readonly seq: number;
  readonly atMs: TimeMs;
  readonly bootId: string;
  readonly kind: string;
  readonly computeSystemId?: ComputeSystemId;
  readonly workloadId?: WorkloadId;
  readonly isolation?: Isolation;
  readonly kernelInstanceId?: KernelInstanceId;
  /** With what happens to a template, and where one was cloned. */
  readonly templateId?: TemplateId;
  readonly fence?: { readonly token: number; readonly cause: number };
  readonly exitCode?: number;
  readonly exitType?: string;
}

/** A host's whole journal, from its first entry on. */
export interface HostJournal {
  readonly hostId: HostId;
  readonly entries: Iterable<JournalEntry> | AsyncIterable<JournalEntry>;
}
