import { ArrivalLine } from './arrival-line.js';
import type { EncodedAppend } from './encode-append.js';
import type { Appended } from './event-log.js';

const NO_TURNS: readonly Turn[] = [];

/** An append that waits, or is on its way. */
export class Waiting {
  /** One for each name that it touches, as soon as it is in line. */
  turns: readonly Turn[] = NO_TURNS;
  /** How many of them have not come yet. */
  closedTurns = 0;
  hasLeft = false;

  constructor(
    /** Grows with each arrival. */
    readonly nr: number,
    readonly member: EncodedAppend,
    readonly resolve: (appended: Appended) => void,
    readonly reject: (error: unknown) => void,
  ) {}
}

/** The turn of one append to write a name, or of all those in a row that only guard it. */
class Turn {
  next: Turn | null = null;
  /** Who took part in it last. */
  latest: Waiting | null = null;
  /** How many take part that have not ended. */
  notEnded = 0;
  /** Who waits for it to come; null where nobody does. */
  parked: Waiting[] | null = null;

  constructor(
    readonly name: string,
    readonly isWrite: boolean,
    public isOpen: boolean,
  ) {}
}

/**
 * Who may leave, and who must wait for whom: whoever touches what an earlier append writes (a stream, an
 * idempotency key), or writes what an earlier one touches, waits until that one has ended, because which
 * of two groups under way gets the log's lock first is not known here. Every name has turns in order of
 * arrival, and an append is ready once all of its turns have come. It is looked at when it arrives, when
 * one of its turns comes and when it leaves, so what a departure costs does not grow with what waits.
 */
export class AppendTurns {
  private readonly lastTurns = new Map<string, Turn>();
  private readonly ready = new ArrivalLine<Waiting>();

  arrive(waiting: Waiting): void {
    const { writes, touches } = waiting.member;
    const turns = new Array<Turn>(touches.length);
    let count = 0;
    for (let at = 0; at < touches.length; at += 1) {
      // What it writes stands first; what it also guards has its turn already.
      const turn = this.queueUp(waiting, touches[at] as string, at < writes.length);
      if (turn === null) continue;
      turns[count] = turn;
      count += 1;
    }
    if (count < turns.length) turns.length = count;
    waiting.turns = turns;
    if (waiting.closedTurns === 0) this.ready.push(waiting);
  }

  /**
   * Takes the earliest of those that may leave together, as long as there is room for the next. A writer
   * leaves with the guards before it: guards are judged first, in the same snapshot.
   */
  takeGroup(takeIfRoom: (member: EncodedAppend) => boolean): readonly Waiting[] {
    const group: Waiting[] = [];
    let joining: JoiningWriters | null = null;
    for (;;) {
      const line = joining === null ? this.ready : earlierOf(this.ready, joining.ready);
      const first = line.first();
      if (first === undefined || !takeIfRoom(first.member)) return group;
      line.pop();
      first.hasLeft = true;
      group.push(first);
      // Most guard nothing.
      if (first.member.touches.length === first.member.writes.length) continue;
      for (const turn of first.turns) {
        if (turn.isWrite || turn.next === null) continue;
        joining ??= new JoiningWriters();
        joining.guardLeaves(turn, turn.next);
      }
    }
  }

  /** Its group has been answered or has failed; of a group, the earliest is to end first. */
  end({ turns }: Waiting): void {
    for (const turn of turns) {
      turn.notEnded -= 1;
      if (turn.notEnded > 0) continue;
      if (turn.next === null) this.lastTurns.delete(turn.name);
      else this.open(turn.next);
    }
  }

  /** Its turn on that name, or null where it has it already. */
  private queueUp(waiting: Waiting, name: string, isWrite: boolean): Turn | null {
    const last = this.lastTurns.get(name);
    if (last?.latest === waiting) return null;
    const joinsLast = last !== undefined && !isWrite && !last.isWrite;
    const turn = joinsLast ? last : new Turn(name, isWrite, last === undefined);
    if (!joinsLast) {
      if (last !== undefined) last.next = turn;
      this.lastTurns.set(name, turn);
    }
    turn.latest = waiting;
    turn.notEnded += 1;
    if (!turn.isOpen) {
      turn.parked ??= [];
      turn.parked.push(waiting);
      waiting.closedTurns += 1;
    }
    return turn;
  }

  private open(turn: Turn): void {
    const parked = turn.parked ?? [];
    turn.isOpen = true;
    turn.parked = null;
    for (const waiting of parked) {
      waiting.closedTurns -= 1;
      // A writer that left with the guards before it is on its way already.
      if (waiting.closedTurns === 0 && !waiting.hasLeft) this.ready.push(waiting);
    }
  }
}

/** Writers for which nothing stands in the way but guards that leave with the group being made. */
class JoiningWriters {
  readonly ready = new ArrivalLine<Waiting>();
  private readonly leftOf = new Map<Turn, number>();
  private readonly comeFor = new Map<Waiting, number>();

  /** After a turn of guards comes that of a writer. */
  guardLeaves(turn: Turn, next: Turn): void {
    const writer = next.latest as Waiting;
    const left = (this.leftOf.get(turn) ?? 0) + 1;
    this.leftOf.set(turn, left);
    if (left < turn.notEnded) return;
    const come = (this.comeFor.get(writer) ?? 0) + 1;
    this.comeFor.set(writer, come);
    if (come === writer.closedTurns) this.ready.push(writer);
  }
}

function earlierOf(one: ArrivalLine<Waiting>, other: ArrivalLine<Waiting>): ArrivalLine<Waiting> {
  const first = one.first();
  const second = other.first();
  return second !== undefined && (first === undefined || second.nr < first.nr) ? other : one;
}
