import { AppendTurns, Waiting } from './append-turns.js';
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

/**
 * Appends that arrive while a group is on its way share the next one, because the flush of the
 * write-ahead log is most of the cost and a group pays it once. Nobody waits for company: an append
 * that finds nothing on its way leaves as soon as this turn of the event loop has ended, with all others
 * of the same turn. Without that, the first of those that one answer set free would leave alone.
 */
export class AppendQueue {
  private readonly turns = new AppendTurns();
  private arrivals = 0;
  private waiting = 0;
  private waitingBytes = 0;
  private groupsUnderWay = 0;
  private departing = false;

  constructor(
    private readonly send: SendGroup,
    private readonly inFlightMax: number,
    private readonly limits: WaitingLimits = WAITING_LIMITS,
    private readonly atEndOfTurn: (act: () => void) => unknown = setImmediate,
  ) {}

  /** @throws LogOverloaded where too many appends, or too many bytes of them, wait already */
  push(member: EncodedAppend): Promise<Appended> {
    const isFull = this.waiting >= this.limits.appends;
    // Whatever its size, an append that nobody stands before may wait.
    if (isFull || (this.waiting > 0 && this.waitingBytes + member.byteCount > this.limits.bytes)) {
      const waiting = `${this.waiting} appends of ${this.waitingBytes} bytes are waiting already`;
      return Promise.reject(new LogOverloaded(waiting));
    }
    return new Promise((resolve, reject) => {
      this.arrivals += 1;
      this.waiting += 1;
      this.waitingBytes += member.byteCount;
      this.turns.arrive(new Waiting(this.arrivals, member, resolve, reject));
      this.departAtEndOfTurn();
    });
  }

  private departAtEndOfTurn(): void {
    if (this.departing || this.waiting === 0) return;
    this.departing = true;
    this.atEndOfTurn(() => {
      this.departing = false;
      this.departWhilePossible();
    });
  }

  private departWhilePossible(): void {
    while (this.groupsUnderWay < this.inFlightMax && this.waiting > 0) {
      const room = new Room();
      const group = this.turns.takeGroup((member) => room.takeIfRoom(member));
      if (group.length === 0) return;
      this.waiting -= group.length;
      this.waitingBytes -= room.bytes;
      void this.depart(group);
    }
  }

  private async depart(group: readonly Waiting[]): Promise<void> {
    this.groupsUnderWay += 1;
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
      this.groupsUnderWay -= 1;
      for (const waiting of group) this.turns.end(waiting);
      this.departAtEndOfTurn();
    }
  }
}

/** What a group has room for. */
class Room {
  bytes = 0;
  private members = 0;
  private events = 0;

  takeIfRoom({ eventCount, byteCount }: EncodedAppend): boolean {
    const { members } = this;
    const events = this.events + eventCount;
    const bytes = this.bytes + byteCount;
    // Whatever its size, an append may leave alone.
    const fits =
      members < GROUP_LIMITS.members &&
      events <= GROUP_LIMITS.events &&
      bytes <= GROUP_LIMITS.bytes;
    if (members > 0 && !fits) return false;
    this.members += 1;
    this.events = events;
    this.bytes = bytes;
    return true;
  }
}
