import type { RecordedEvent, StreamId } from '@bulkhead/domain';

/** A read model that knows no more than it needs to tell whether an event was missed or came twice. */
export class ReadModel {
  position = 0;
  /** What was wrong with what it was given; null while nothing was. */
  fault: string | null = null;
  readonly versions = new Map<StreamId, number>();

  project(batch: readonly RecordedEvent[]): void {
    for (const { position, stream, version } of batch) {
      if (position !== this.position + 1) {
        this.fault ??= `position ${position} came after ${this.position}`;
      }
      if (version !== (this.versions.get(stream) ?? 0) + 1) {
        this.fault ??= `version ${version} of ${stream} came after ${this.versions.get(stream)}`;
      }
      this.position = position;
      this.versions.set(stream, version);
    }
  }
}
