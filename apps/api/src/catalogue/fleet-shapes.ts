import type { Clock, HostRegistered, HostShape } from '@bulkhead/domain';
import { type FollowedLog, PlatformFollower } from './platform-follower.js';

/** How stale the fleet may be when a workload is accepted; the placer judges again in any case. */
const FLEET_AGE_MS = 1_000;

/** What every registered host could run, for the decision whether anything ever could. */
export class FleetShapes {
  private shapes: readonly HostShape[] = [];
  private readonly follower: PlatformFollower;

  constructor(log: FollowedLog, clock: Clock) {
    this.follower = new PlatformFollower(log, clock, ['HostRegistered'], ({ event }) => {
      const { osVersion, architecture, cpuMillis, memoryMiB, hypervPresent } =
        event.payload as HostRegistered['payload'];
      const shape = { osVersion, architecture, cpuMillis, memoryMiB, hypervPresent };
      this.shapes = [...this.shapes, shape];
    });
  }

  /**
   * At most a second old, so that most submissions need no reading of their own. An empty fleet is looked
   * at anew: it would let everything wait.
   */
  async recent(): Promise<readonly HostShape[]> {
    await this.follower.atMostOld(this.shapes.length === 0 ? 0 : FLEET_AGE_MS);
    return this.shapes;
  }

  /** As the log has it now: nothing is refused over a fleet that was read before. */
  async current(): Promise<readonly HostShape[]> {
    await this.follower.catchUp();
    return this.shapes;
  }
}
