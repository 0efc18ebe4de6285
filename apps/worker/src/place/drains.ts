import { type HostId, hostDecider, hostOf } from '@bulkhead/domain';
import { VersionConflict, type WholeLog } from '@bulkhead/event-store';
import { because } from '../because.js';
import type { EvictionParts } from './evict-attempt.js';

/**
 * Records that a draining host is empty. A placement guards its host, so none that had not seen the
 * drain can follow it in the log: what holds a place when the drain is folded is all that there ever is.
 */
export class Drains {
  /** Draining hosts, and the position of the event that began it. */
  private readonly draining = new Map<HostId, number>();

  constructor(
    private readonly log: WholeLog,
    private readonly parts: Pick<EvictionParts, 'follower' | 'clock'>,
  ) {
    parts.follower.onEvent(({ stream, position, event }) => {
      if (event.type === 'HostDrainStarted') this.draining.set(stream as HostId, position);
      else if (event.type === 'HostUncordoned' || event.type === 'HostDrained') {
        this.draining.delete(stream as HostId);
      }
    });
  }

  /** False where somebody was faster, so that a look at the newer log has to follow. */
  async carryOut(): Promise<boolean> {
    let settled = true;
    for (const [hostId, position] of [...this.draining]) {
      if (this.parts.follower.attempts.on(hostId).length > 0) continue;
      if (!(await this.record(hostId, position))) settled = false;
    }
    return settled;
  }

  private async record(hostId: HostId, position: number): Promise<boolean> {
    const { follower, clock } = this.parts;
    const { fleet } = follower;
    const { state, version: expectedVersion } = hostOf(fleet, hostId);
    const decided = hostDecider.decide({ kind: 'report-drained', nowMs: clock() }, state);
    if (!decided.accepted || decided.events.length === 0) return true;
    try {
      await this.log.append({
        streams: [{ owner: null, stream: hostId, expectedVersion, events: decided.events }],
        guards: [{ stream: 'placer', version: fleet.placer.version }],
        metadata: because('placer', hostId, position),
      });
    } catch (error) {
      if (error instanceof VersionConflict) return false;
      throw error;
    }
    await follower.catchUp();
    return true;
  }
}
