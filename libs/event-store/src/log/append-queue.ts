import type { EncodedAppend } from './encode-append.js';
import { type Appended, LogOverloaded } from './event-log.js';

/** What became of one member of a group. */
export type Outcome = Appended | Error;

/** Sends a group; one outcome a member, in the order given. Rejects where the whole group failed. */
export type SendGroup = (group: readonly EncodedAppend[]) => Promise<readonly Outcome[]>;

/** Bounds of one group: what a single statement can carry without holding the log's lock for long. */
export const GROUP_LIMITS = { members: 500, events: 5_000, bytes: 8 * 1024 * 1024 } as const;
/** Appends that may wait; the next one is told to come back later. */
export const WAITING_MAX = 10_000;
/** How far a group looks ahead for members once it meets some that must wait for the next one. */
const LOOK_AHEAD_MAX = 2_000;

interface Waiting {
  readonly member: EncodedAppend;
  readonly resolve: (appended: Appended) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Appends that arrive while a group is on its way share the next one, because the flush of the
 * write-ahead log is most of the cost and a group pays it once. Nobody waits for company: an append
 * that finds nothing on its way leaves at once.
 */
export class AppendQueue {
  private waiting: Waiting[] = [];
  private inFlight = 0;

  constructor(
    private readonly send: SendGroup,
    private readonly inFlightMax: number,
  ) {}

  /** @throws LogOverloaded where too many wait already */
  push(member: EncodedAppend): Promise<Appended> {
    if (this.waiting.length >= WAITING_MAX) {
      return Promise.reject(new LogOverloaded(`${WAITING_MAX} appends are waiting already`));
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ member, resolve, reject });
      this.departWhilePossible();
    });
  }

  private departWhilePossible(): void {
    while (this.inFlight < this.inFlightMax && this.waiting.length > 0) {
      void this.depart(this.takeGroup());
    }
  }

  private async depart(group: readonly Waiting[]): Promise<void> {
    this.inFlight += 1;
    try {
      const outcomes = await this.send(group.map(({ member }) => member));
      group.forEach(({ resolve, reject }, index) => {
        const outcome = outcomes[index];
        if (outcome === undefined || outcome instanceof Error) reject(outcome);
        else resolve(outcome);
      });
    } catch (error) {
      for (const { reject } of group) reject(error);
    } finally {
      this.inFlight -= 1;
      this.departWhilePossible();
    }
  }

  /**
   * The longest-waiting appends that can be judged together: whoever touches what an earlier one
   * writes (a stream, an idempotency key) stays for the next group, and keeps its turn there.
   */
  private takeGroup(): Waiting[] {
    const group: Waiting[] = [];
    const left: Waiting[] = [];
    const room = new Room();
    let seen = 0;
    for (; seen < this.waiting.length && seen < LOOK_AHEAD_MAX; seen += 1) {
      const entry = this.waiting[seen] as Waiting;
      if (!room.hasRoomFor(entry.member)) break;
      if (room.mustWait(entry.member)) {
        room.leave(entry.member);
        left.push(entry);
      } else {
        room.take(entry.member);
        group.push(entry);
      }
    }
    this.waiting = [...left, ...this.waiting.slice(seen)];
    return group;
  }
}

/** What a group under way has taken, and what those it left behind touch. */
class Room {
  private members = 0;
  private events = 0;
  private bytes = 0;
  private readonly written = new Set<string>();
  private readonly leftTouches = new Set<string>();

  hasRoomFor({ eventCount, byteCount }: EncodedAppend): boolean {
    if (this.members === 0) return true;
    return (
      this.members < GROUP_LIMITS.members &&
      this.events + eventCount <= GROUP_LIMITS.events &&
      this.bytes + byteCount <= GROUP_LIMITS.bytes
    );
  }

  mustWait({ writes, touches }: EncodedAppend): boolean {
    return (
      touches.some((touched) => this.written.has(touched)) ||
      (this.leftTouches.size > 0 && writes.some((written) => this.leftTouches.has(written)))
    );
  }

  take({ writes, eventCount, byteCount }: EncodedAppend): void {
    this.members += 1;
    this.events += eventCount;
    this.bytes += byteCount;
    for (const written of writes) this.written.add(written);
  }

  leave({ writes, touches }: EncodedAppend): void {
    for (const written of writes) this.written.add(written);
    for (const touched of touches) this.leftTouches.add(touched);
  }
}
