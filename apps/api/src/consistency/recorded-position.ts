import type { Appended } from '@bulkhead/event-store';

/** How far the log had come with what a request's commands have recorded, for the token of its answer. */
export class RecordedPosition {
  /** Null where nothing was recorded: by a command that found nothing to do, or a repetition. */
  position: number | null = null;

  note(appended: Pick<Appended, 'lastPosition'> | null): void {
    if (appended === null) return;
    this.position = Math.max(this.position ?? 0, appended.lastPosition);
  }
}
