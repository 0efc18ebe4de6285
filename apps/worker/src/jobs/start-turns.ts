import type { ComputeSystemId, HostId } from '@bulkhead/domain';
import type { FleetFollower } from '../fleet/fleet-follower.js';

/**
 * So many compute systems may be starting on one host at a time where no setting says otherwise. Each start
 * in flight slows the others by an eighth of what it takes alone, so that 32 are four fifths as fast together
 * as any number could be, and hosts that start very many at once fail them.
 */
export const STARTS_PER_HOST_MAX = 32;

/** When a start that is not yet let through comes again: as many turns later as others are before it. */
const TURN_MS = 250;
const TURNS_AHEAD_MS_MAX = 10_000;

/** Its host is starting as much as it may. The job comes again after that time; this is no failure. */
export class NotItsTurn extends Error {
  override readonly name = 'NotItsTurn';
  constructor(readonly afterMs: number) {
    super(`its host starts as much as it may at a time; again in ${afterMs} ms`);
  }
}

/** A start that was let through, for as long as its job runs. */
export interface StartTurn {
  /** The position that authorized the start, once anything did. */
  authorizedAt: number | null;
  /** Must be called when the job ends, however it ends. */
  end(): void;
}

/**
 * Bounds how many compute systems are starting on each host: authorized by the log and not yet started or
 * failed, whichever worker asked for them, and what this worker's jobs are about to add. Workers that look at
 * the same moment do not see each other's, so that together they may exceed it by what each has in hand.
 */
export class StartTurns {
  /** Null while its job runs; then the position that the fold has to reach before the log's word counts. */
  private readonly inHand = new Map<HostId, Map<ComputeSystemId, number | null>>();

  constructor(
    private readonly follower: Pick<FleetFollower, 'attempts' | 'hasSeen'>,
    private readonly perHostMax: number,
  ) {}

  /** @throws NotItsTurn where the host is starting as much as it may */
  take(hostId: HostId, computeSystemId: ComputeSystemId): StartTurn {
    if (this.isFull(hostId) && !this.follower.attempts.startingOn(hostId).has(computeSystemId)) {
      throw new NotItsTurn(this.waitOf(hostId, computeSystemId));
    }
    const mine = this.inHand.get(hostId) ?? new Map<ComputeSystemId, number | null>();
    this.inHand.set(hostId, mine.set(computeSystemId, null));
    const turn: StartTurn = {
      authorizedAt: null,
      end: () => {
        if (turn.authorizedAt === null) mine.delete(computeSystemId);
        else mine.set(computeSystemId, turn.authorizedAt);
      },
    };
    return turn;
  }

  /** What is placed there and has not begun to start waits for others, and was not forgotten. */
  isFull(hostId: HostId): boolean {
    const starting = this.follower.attempts.startingOn(hostId);
    const mine = this.inHand.get(hostId);
    let count = starting.size;
    for (const [id, authorizedAt] of mine ?? []) {
      if (starting.has(id)) continue;
      if (authorizedAt !== null && this.follower.hasSeen(authorizedAt)) mine?.delete(id);
      else count += 1;
    }
    return count >= this.perHostMax;
  }

  /** In the order of placement, as many at a time as may start. */
  private waitOf(hostId: HostId, computeSystemId: ComputeSystemId): number {
    let before = 0;
    for (const id of this.follower.attempts.placedOn(hostId)) {
      if (id === computeSystemId) break;
      before += 1;
    }
    const turns = 1 + Math.floor(before / this.perHostMax);
    return Math.min(turns * TURN_MS, TURNS_AHEAD_MS_MAX);
  }
}
