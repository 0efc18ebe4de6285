import {
  type AdvisoryEvent,
  type AdvisoryState,
  advisoryDecider,
  type Clock,
  type DomainEvent,
} from '@bulkhead/domain';
import { type FollowedLog, PlatformFollower } from '../catalogue/platform-follower.js';

const ADVISORY_EVENTS: readonly DomainEvent['type'][] = ['AdvisoryPublished', 'AdvisoryWithdrawn'];

/** All advisories that were ever published, for the list of them. */
export class AdvisoryList {
  private readonly states = new Map<string, AdvisoryState>();
  private readonly follower: PlatformFollower;

  constructor(log: FollowedLog, clock: Clock) {
    this.follower = new PlatformFollower(log, clock, ADVISORY_EVENTS, ({ stream, event }) => {
      const before = this.states.get(stream) ?? advisoryDecider.initialState;
      this.states.set(stream, advisoryDecider.evolve(before, event as AdvisoryEvent));
    });
  }

  /** Newest first, those before the id `after`, at most `limit`. */
  async list(
    after: string | null,
    limit: number,
  ): Promise<readonly (readonly [string, AdvisoryState])[]> {
    await this.follower.catchUp();
    return [...this.states]
      .filter(([id]) => after === null || id < after)
      .sort(([a], [b]) => (a < b ? 1 : -1))
      .slice(0, limit);
  }
}
