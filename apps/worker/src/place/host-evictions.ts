import {
  type EvictionCause,
  evictsBecause,
  type HostId,
  type HostState,
  holdingAttempt,
  hostOf,
  isOver,
} from '@bulkhead/domain';
import type { TrackedAttempt } from '../fleet/attempt-index.js';
import { type EvictionParts, evictAttempt } from './evict-attempt.js';

/** The events that may ask for it. */
const closings: Readonly<Record<string, EvictionCause>> = {
  HostDrainStarted: 'drain',
  HostQuarantined: 'quarantine',
};

/**
 * Evicts what runs on a host that an operator wants empty, once the time that the operator set has come.
 * Nothing new comes there meanwhile, so evicting everything once is enough.
 */
export class HostEvictions {
  /** Hosts that are to be emptied, and for each cause the position of the newest event that says so. */
  private readonly asked = new Map<HostId, Partial<Record<EvictionCause, number>>>();

  constructor(private readonly parts: EvictionParts) {
    parts.follower.onEvent(({ stream, position, event }) => {
      if (!stream.startsWith('host_')) return;
      const hostId = stream as HostId;
      const cause = closings[event.type];
      if (cause !== undefined) {
        this.asked.set(hostId, { ...this.asked.get(hostId), [cause]: position });
      }
      if (!mayEvict(this.stateOf(hostId))) this.asked.delete(hostId);
    });
  }

  /** False where somebody was faster, so that a look at the newer log has to follow. */
  async carryOut(): Promise<boolean> {
    let settled = true;
    for (const [hostId, positions] of [...this.asked]) {
      const state = this.stateOf(hostId);
      const cause = evictsBecause(state, this.parts.clock());
      const causedByPosition = cause === null ? undefined : positions[cause];
      if (cause === null || causedByPosition === undefined) continue;
      const { version } = hostOf(this.parts.follower.fleet, hostId);
      const evicted = await Promise.all(
        this.evictable(hostId).map(({ tenantId, workloadId, computeSystemId }) => {
          const guards = [{ stream: hostId, version }];
          const attempt = { tenantId, workloadId, computeSystemId };
          return evictAttempt(this.parts, { ...attempt, cause, causedByPosition, guards });
        }),
      );
      if (!evicted.every(Boolean)) settled = false;
    }
    return settled;
  }

  private evictable(hostId: HostId): TrackedAttempt[] {
    const { workloads, follower } = this.parts;
    return follower.attempts.on(hostId).filter(({ workloadId, computeSystemId }) => {
      const state = workloads.known(workloadId)?.state;
      const attempt = state === undefined ? null : holdingAttempt(state);
      if (attempt === null || attempt.computeSystemId !== computeSystemId) return false;
      return attempt.eviction === null && !isOver(attempt);
    });
  }

  private stateOf(hostId: HostId): HostState {
    return hostOf(this.parts.follower.fleet, hostId).state;
  }
}

/** Whether a time was set from which on the host evicts, though it may not have come yet. */
function mayEvict(state: HostState): boolean {
  return evictsBecause(state, Number.POSITIVE_INFINITY) !== null;
}
