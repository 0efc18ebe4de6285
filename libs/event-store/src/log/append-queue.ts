import type { EncodedAppend } from './encode-append.js';
import { type Appended, LogOverloaded } from './event-log.js';

/** What became of one member of a group. */
export type Outcome = Appended | Error;

/** Sends a group; one outcome a member, in the order given. Rejects where the whole group failed. */
export type SendGroup = (group: readonly EncodedAppend[]) => Promise<readonly Outcome[]>;

/** Bounds of one group: what a single statement can carry without holding the log's lock for long. */
export const GROUP_LIMITS = { members: 500, events: 5_000, bytes: 8 * 1024 * 1024 } as const;
/** How much may wait; an append beyond it is told to come back later. */
export interface WaitingLimits {
  readonly appends: number;
  /** Of payloads, metadata, content and answers, as they are stored. */
  readonly bytes: number;
}

export const WAITING_LIMITS: WaitingLimits = { appends: 10_000, bytes: 64 * 1024 * 1024 };
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
 * that finds nothing on its way leaves as soon as this turn of the event loop has ended, with all others
 * of the same turn. Without that, the first of those that one answer set free would leave alone.
 */
export class AppendQueue {
  private waiting: Waiting[] = [];
  private waitingBytes = 0;
  private readonly underWay = new Set<Room>();
  private departing = false;

  constructor(
    private readonly send: SendGroup,
    private readonly inFlightMax: number,
    private readonly limits: WaitingLimits = WAITING_LIMITS,
    private readonly atEndOfTurn: (act: () => void) => unknown = setImmediate,
  ) {}

  /** @throws LogOverloaded where too many appends, or too many bytes of them, wait already */
  push(member: EncodedAppend): Promise<Appended> {
    const { length } = this.waiting;
    const isFull = length >= this.limits.appends;
    // Whatever its size, an append that nobody stands before may wait.
    if (isFull || (length > 0 && this.waitingBytes + member.byteCount > this.limits.bytes)) {
      const waiting = `${length} appends of ${this.waitingBytes} bytes are waiting already`;
      return Promise.reject(new LogOverloaded(waiting));
    }
    return new Promise((resolve, reject) => {
      this.waiting.push({ member, resolve, reject });
      this.waitingBytes += member.byteCount;
      this.departAtEndOfTurn();
    });
  }

  private departAtEndOfTurn(): void {
    if (this.departing || this.waiting.length === 0) return;
    this.departing = true;
    this.atEndOfTurn(() => {
      this.departing = false;
      this.departWhilePossible();
    });
  }

  private departWhilePossible(): void {
    while (this.underWay.size < this.inFlightMax && this.waiting.length > 0) {
      const room = new Room();
      const group = this.takeGroup(room);
      if (group.length === 0) return;
      void this.depart(group, room);
    }
  }

  private async depart(group: readonly Waiting[], room: Room): Promise<void> {
    this.underWay.add(room);
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
      this.underWay.delete(room);
      this.departAtEndOfTurn();
    }
  }

  /**
   * The longest-waiting appends that can be judged together: whoever touches what an earlier one
   * writes (a stream, an idempotency key) stays for a later group, and keeps its turn there. Groups
   * under way count as earlier, because which of them gets the log's lock first is not known here.
   */
  private takeGroup(room: Room): Waiting[] {
    const group: Waiting[] = [];
    const left: Waiting[] = [];
    let seen = 0;
    for (; seen < this.waiting.length && seen < LOOK_AHEAD_MAX; seen += 1) {
      const entry = this.waiting[seen] as Waiting;
      if (!room.hasRoomFor(entry.member)) break;
      if (room.mustWait(entry.member) || this.waitsForOthers(entry.member)) {
        room.leave(entry.member);
        left.push(entry);
      } else {
        room.take(entry.member);
        group.push(entry);
        this.waitingBytes -= entry.member.byteCount;
      }
    }
    if (left.length > 0) this.waiting = [...left, ...this.waiting.slice(seen)];
    else this.waiting.splice(0, seen);
    return group;
  }

  private waitsForOthers(member: EncodedAppend): boolean {
    for (const room of this.underWay) if (room.mustFollow(member)) return true;
    return false;
  }
}

/** What the members of a group touch, and those that it left behind. */
class Room {
  private members = 0;
  private events = 0;
  private bytes = 0;
  private readonly writtenByMembers = new Set<string>();
  private readonly writtenByLeft = new Set<string>();
  private readonly touchedByMembers = new Set<string>();
  private readonly touchedByLeft = new Set<string>();

  hasRoomFor({ eventCount, byteCount }: EncodedAppend): boolean {
    if (this.members === 0) return true;
    return (
      this.members < GROUP_LIMITS.members &&
      this.events + eventCount <= GROUP_LIMITS.events &&
      this.bytes + byteCount <= GROUP_LIMITS.bytes
    );
  }

  /** It may write what an earlier member only guards: the guard is judged first, in the same snapshot. */
  mustWait({ writes, touches }: EncodedAppend): boolean {
    return (
      intersects(touches, this.writtenByMembers) ||
      intersects(touches, this.writtenByLeft) ||
      intersects(writes, this.touchedByLeft)
    );
  }

  /** For the next group, everything that this one touches comes first. */
  mustFollow({ writes, touches }: EncodedAppend): boolean {
    return intersects(touches, this.writtenByMembers) || intersects(writes, this.touchedByMembers);
  }

  take({ writes, touches, eventCount, byteCount }: EncodedAppend): void {
    this.members += 1;
    this.events += eventCount;
    this.bytes += byteCount;
    for (const written of writes) this.writtenByMembers.add(written);
    for (const touched of touches) this.touchedByMembers.add(touched);
  }

  leave({ writes, touches }: EncodedAppend): void {
    for (const written of writes) this.writtenByLeft.add(written);
    for (const touched of touches) this.touchedByLeft.add(touched);
  }
}

function intersects(names: readonly string[], taken: ReadonlySet<string>): boolean {
  return taken.size > 0 && names.some((name) => taken.has(name));
}
