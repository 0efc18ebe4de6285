import { BrokenInvariant, type RecordedEvent } from '@bulkhead/domain';

/**
 * A stored event of a version that this process should be able to read, and cannot: what makes the newest
 * version of it failed on what is stored. That is a fault of the code, and does not pass.
 */
export class UnreadableStoredEvent extends BrokenInvariant {
  /** @param recorded everything but what it says: its payload is empty, and nobody may apply it */
  constructor(
    readonly recorded: RecordedEvent,
    cause: unknown,
  ) {
    const { position, event } = recorded;
    super(
      `position ${position} holds ${event.type} version ${event.schemaVersion}, which cannot be read`,
      { cause },
    );
  }
}
