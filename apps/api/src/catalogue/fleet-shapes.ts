import type { Clock, HostId, HostRegistered, HostShape } from '@bulkhead/domain';
import { type FollowedLog, PlatformFollower } from './platform-follower.js';

/** How stale the fleet may be when a workload is accepted; the placer judges again in any case. */
const FLEET_AGE_MS = 1_000;

/** What every host that is not retired could run, for the decision whether anything ever could. */
export class FleetShapes {
  private readonly byHost = new Map<HostId, HostShape>();
  private shapes: readonly HostShape[] = [];
  private readonly follower: PlatformFollower;

  constructor(log: FollowedLog, clock: Clock) {
    const types = ['HostRegistered', 'HostRetired'] as const;
    this.follower = new PlatformFollower(log, clock, types, ({ stream, event }) => {
      if (event.type === 'HostRetired') this.byHost.delete(stream as HostId);
      else this.byHost.set(stream as HostId, shapeOf(event.payload as HostRegistered['payload']));
      this.shapes = [...this.byHost.values()];
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

function shapeOf(registered: HostRegistered['payload']): HostShape {
  const { osVersion, architecture, cpuMillis, memoryMiB, hypervPresent, labels } = registered;
  return { osVersion, architecture, cpuMillis, memoryMiB, hypervPresent, labels };
}
