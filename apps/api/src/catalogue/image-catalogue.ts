import {
  type Clock,
  type DomainEvent,
  type ImageEvent,
  type ImageState,
  imageDecider,
} from '@bulkhead/domain';
import { type FollowedLog, PlatformFollower } from './platform-follower.js';

const IMAGE_EVENTS: readonly DomainEvent['type'][] = ['ImageRegistered', 'ImageRevoked'];

/** All images that are registered, for the list of them; a decision reads its image's stream instead. */
export class ImageCatalogue {
  private readonly states = new Map<string, ImageState>();
  private readonly follower: PlatformFollower;

  constructor(log: FollowedLog, clock: Clock) {
    this.follower = new PlatformFollower(log, clock, IMAGE_EVENTS, ({ stream, event }) => {
      const before = this.states.get(stream) ?? imageDecider.initialState;
      this.states.set(stream, imageDecider.evolve(before, event as ImageEvent));
    });
  }

  /** By id, after `after`, at most `limit`. */
  async list(
    after: string | null,
    limit: number,
  ): Promise<readonly (readonly [string, ImageState])[]> {
    await this.follower.catchUp();
    return [...this.states]
      .filter(([id]) => after === null || id > after)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .slice(0, limit);
  }
}
