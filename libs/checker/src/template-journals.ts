import type { HostId, KernelInstanceId, RecordedEvent, TemplateId } from '@bulkhead/domain';
import type { Report } from './check.js';
import type { JournalEntry } from './journal-entry.js';
import type { TemplateBook } from './template-book.js';

/**
 * What hosts did with templates, by their own records: saved what the log had requested there, from a kernel
 * in which nothing ran, and cloned what starts had named. Entries whose causes come after the end of the log
 * that was given are left alone.
 */
export class TemplateJournals {
  private lastPosition = 0;
  private readonly bootedAt = new Map<number, HostId>();
  /** Kernels in which a compute system was created, and those that booted to be saved: no kernel is both. */
  private readonly ran = new Set<KernelInstanceId>();
  private readonly saved = new Set<KernelInstanceId>();

  constructor(
    private readonly report: Report,
    private readonly book: TemplateBook,
  ) {}

  hear({ position, stream, event }: RecordedEvent): void {
    this.lastPosition = position;
    if (event.type === 'HostBooted') this.bootedAt.set(position, stream as HostId);
  }

  see(hostId: HostId, entry: JournalEntry): void {
    if ((entry.fence?.cause ?? 0) > this.lastPosition) return;
    const { kind, templateId, kernelInstanceId } = entry;
    if (kind === 'create' && kernelInstanceId !== undefined) {
      this.ran.add(kernelInstanceId);
      if (this.saved.has(kernelInstanceId)) {
        this.tell(
          hostId,
          entry,
          `runs something on ${kernelInstanceId}, which a template was saved from`,
        );
      }
    }
    if (templateId === undefined) return;
    if (kind === 'template-save') this.judgeSave(hostId, entry, templateId);
    if (kind === 'template-retire') this.judgeRetirement(hostId, entry, templateId);
    if (kind === 'cloned') this.judgeClone(hostId, entry, templateId);
  }

  private judgeSave(hostId: HostId, entry: JournalEntry, templateId: TemplateId): void {
    const booked = this.book.templates.get(templateId);
    const { kernelInstanceId } = entry;
    const isPermitted =
      booked !== undefined &&
      booked.requestedAt === entry.fence?.cause &&
      booked.facts.hostId === hostId &&
      booked.facts.kernelInstanceId === kernelInstanceId;
    if (!isPermitted) this.tell(hostId, entry, `saved ${templateId}, which nobody requested so`);
    if (kernelInstanceId === undefined) return;
    this.saved.add(kernelInstanceId);
    if (!this.ran.has(kernelInstanceId)) return;
    this.tell(hostId, entry, `saved ${templateId} from ${kernelInstanceId}, where an attempt ran`);
  }

  private judgeRetirement(hostId: HostId, entry: JournalEntry, templateId: TemplateId): void {
    const cause = entry.fence?.cause ?? 0;
    const isLeftover =
      this.bootedAt.get(cause) === hostId && this.book.templates.get(templateId) === undefined;
    if (isLeftover || this.book.templates.get(templateId)?.retiredAt === cause) return;
    this.tell(hostId, entry, `retired ${templateId}, which nobody had retired`);
  }

  private judgeClone(hostId: HostId, entry: JournalEntry, templateId: TemplateId): void {
    const { computeSystemId } = entry;
    const named = computeSystemId === undefined ? null : this.book.authorized.get(computeSystemId);
    if (named?.has(templateId)) return;
    this.tell(hostId, entry, `cloned ${computeSystemId} from ${templateId}, which no start named`);
  }

  private tell(hostId: HostId, { seq }: JournalEntry, detail: string): void {
    this.report(`journal of ${hostId}, entry ${seq}: ${detail}`);
  }
}
