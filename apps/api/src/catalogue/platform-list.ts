import type { Clock, Decider, DomainEvent } from '@bulkhead/domain';
import { type FollowedLog, PlatformFollower } from './platform-follower.js';

/** All of one kind that operators have ever recorded, for the list of them: its streams, folded. */
export class PlatformList<S, E extends DomainEvent> {
  private readonly states = new Map<string, S>();
  private readonly follower: PlatformFollower;

  constructor(
    log: FollowedLog,
    clock: Clock,
    types: readonly E['type'][],
    { initialState, evolve }: Pick<Decider<never, S, E>, 'initialState' | 'evolve'>,
  ) {
    this.follower = new PlatformFollower(log, clock, types, ({ stream, event }) => {
      this.states.set(stream, evolve(this.states.get(stream) ?? initialState, event as E));
    });
  }

  /** Newest first, those before the id `after`, at most `limit`. */
  async list(after: string | null, limit: number): Promise<readonly (readonly [string, S])[]> {
    await this.follower.catchUp();
    return [...this.states]
      .filter(([id]) => after === null || id < after)
      .sort(([a], [b]) => (a < b ? 1 : -1))
      .slice(0, limit);
  }
}
