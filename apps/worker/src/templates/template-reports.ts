import {
  type Clock,
  type EventMetadata,
  type TemplateId,
  type TimeMs,
  templateDecider,
} from '@bulkhead/domain';
import { executeCommand, type WholeLog } from '@bulkhead/event-store';

/** What hosts say of templates, turned into events. Everything may be said twice. */
export class TemplateReports {
  constructor(
    private readonly log: WholeLog,
    private readonly clock: Clock,
  ) {}

  /** It can be cloned now. */
  async saved(id: TemplateId, savedAtMs: TimeMs, metadata: EventMetadata): Promise<void> {
    await executeCommand({
      log: this.log,
      owner: null,
      stream: id,
      decider: templateDecider,
      command: { kind: 'report-saved', savedAtMs, nowMs: this.clock() },
      metadata,
    });
  }

  /** The host does not have it, so that whoever asks for a clone of it is refused. */
  async givenUp(id: TemplateId, detail: string, metadata: EventMetadata): Promise<void> {
    await executeCommand({
      log: this.log,
      owner: null,
      stream: id,
      decider: templateDecider,
      command: { kind: 'retire-template', cause: 'given-up', detail, nowMs: this.clock() },
      metadata,
    });
  }
}
