import type { ComputeSystemId, TemplateId, TimeMs } from '@bulkhead/domain';
import type { JournalEntry } from './journal-entry.js';

/** Thrown when a journal cannot be what a host wrote; such a host must not boot on a guess. */
export class BrokenJournal extends Error {
  override readonly name = 'BrokenJournal';
}

/**
 * What a host must still know after it, or the process that runs it, was restarted: which ids are spent,
 * which tokens are stale, and which reboot was carried out last. It is folded from the journal.
 */
export class HostHistory {
  lastSeq = 0;
  highestToken = 0;
  lastRebootCause: number | null = null;
  /** When it was provisioned; null for one that is new. */
  firstAtMs: TimeMs | null = null;
  /** How many starts and boots it has seen. */
  starts = 0;
  boots = 0;
  /** A boot ends everything before it, so every id that was ever here counts as spent. */
  readonly seenIds = new Set<ComputeSystemId>();
  readonly seenTemplateIds = new Set<TemplateId>();

  add(entry: JournalEntry): void {
    if (entry.seq !== this.lastSeq + 1) {
      throw new BrokenJournal(`entry ${entry.seq} follows entry ${this.lastSeq}`);
    }
    this.lastSeq = entry.seq;
    this.firstAtMs ??= entry.atMs;
    if (entry.kind === 'start') this.starts += 1;
    if (entry.kind === 'boot') this.boots += 1;
    if (entry.fence) this.highestToken = Math.max(this.highestToken, entry.fence.token);
    if (entry.kind === 'boot' && entry.fence) this.lastRebootCause = entry.fence.cause;
    if (entry.computeSystemId && (entry.kind === 'create' || entry.kind === 'release')) {
      this.seenIds.add(entry.computeSystemId);
    }
    if (entry.templateId) this.seenTemplateIds.add(entry.templateId);
  }
}
