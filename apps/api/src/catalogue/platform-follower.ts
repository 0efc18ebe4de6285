import type { Clock, DomainEvent, RecordedEvent } from '@bulkhead/domain';
import { type EventLog, LOOK_POSITIONS_MAX, READ_LIMIT_MAX } from '@bulkhead/event-store';

/** The log, and how far it has come. */
export type FollowedLog = Pick<EventLog, 'readPlatform' | 'lastPosition'>;

/**
 * Keeps something up to date with the platform's own events of some types. Everything up to the head is
 * ticked off, also where nothing of interest stood, so that no stretch of the log is searched twice.
 */
export class PlatformFollower {
  private position = 0;
  private caughtUpAtMs = Number.NEGATIVE_INFINITY;
  private catchingUp: Promise<void> | null = null;

  constructor(
    private readonly log: FollowedLog,
    private readonly clock: Clock,
    private readonly types: readonly DomainEvent['type'][],
    private readonly apply: (recorded: RecordedEvent) => void,
  ) {}

  /** What is returned afterwards is at most that old. Callers at the same time share one reading. */
  async atMostOld(ageMs: number): Promise<void> {
    if (this.clock() - this.caughtUpAtMs < ageMs) return;
    await this.catchUp();
  }

  /** What is known afterwards was complete when this was called. */
  async catchUp(): Promise<void> {
    // One that is under way may have read the head before now, so it does not do; the next one does.
    const before = this.catchingUp;
    if (before !== null) {
      await before.catch(() => {});
      if (this.catchingUp !== null && this.catchingUp !== before) return this.catchingUp;
    }
    this.catchingUp = this.readToHead().finally(() => {
      this.catchingUp = null;
    });
    return this.catchingUp;
  }

  private async readToHead(): Promise<void> {
    const startedAtMs = this.clock();
    const head = await this.log.lastPosition();
    while (this.position < head) {
      const throughPosition = Math.min(head, this.position + LOOK_POSITIONS_MAX);
      const events = await this.log.readPlatform({
        afterPosition: this.position,
        throughPosition,
        limit: READ_LIMIT_MAX,
        types: this.types,
      });
      for (const recorded of events) this.apply(recorded);
      const last = events.at(-1);
      const isWhole = last === undefined || events.length < READ_LIMIT_MAX;
      this.position = isWhole ? throughPosition : last.position;
    }
    this.caughtUpAtMs = startedAtMs;
  }
}
