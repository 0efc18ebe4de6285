import {
  EmptyHosts,
  hostDecider,
  hostOf,
  isEmptyHost,
  rebootsWanted,
  type WaitingRoom,
  type WantedReboot,
} from '@bulkhead/domain';
import { VersionConflict, type WholeLog } from '@bulkhead/event-store';
import { because } from '../because.js';
import type { EvictionParts } from './evict-attempt.js';

/** The least time between two looks at every host. */
export const REBOOT_LOOK_MS = 1_000;

/**
 * Asks empty hosts to boot anew where policy wants that and a boundary waits for a kernel. No round is
 * planned while this is carried out, and what earlier rounds have proposed is held in the fleet: so what
 * is empty here stays empty until the log has the event, which every later placement there would conflict with.
 */
export class Reboots {
  private readonly empty = new EmptyHosts();
  private lookedAtMs = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly log: WholeLog,
    private readonly room: WaitingRoom,
    private readonly parts: Pick<EvictionParts, 'follower' | 'clock'>,
  ) {}

  /** False where somebody was faster, so that a look at the newer log has to follow. */
  async carryOut(): Promise<boolean> {
    const { fleet } = this.parts.follower;
    const nowMs = this.parts.clock();
    if (fleet.policy.state.policy?.rebootEmptyAfterMs === undefined) return true;
    if (nowMs - this.lookedAtMs < REBOOT_LOOK_MS) return true;
    this.lookedAtMs = nowMs;
    this.empty.look(fleet, nowMs);
    let settled = true;
    for (const wanted of rebootsWanted(fleet, this.room, this.empty, nowMs)) {
      if (!(await this.request(wanted))) settled = false;
    }
    return settled;
  }

  private async request({ host: { hostId }, trustBoundary }: WantedReboot): Promise<boolean> {
    const { follower, clock } = this.parts;
    const { fleet } = follower;
    const host = hostOf(fleet, hostId);
    const { kernel, state, version: expectedVersion } = host;
    if (kernel === null || !isEmptyHost(host) || follower.attempts.on(hostId).length > 0)
      return true;
    const command = { kind: 'request-reboot', trustBoundary, nowMs: clock() } as const;
    const decided = hostDecider.decide(command, state);
    if (!decided.accepted || decided.events.length === 0) return true;
    try {
      await this.log.append({
        streams: [{ owner: null, stream: hostId, expectedVersion, events: decided.events }],
        guards: [
          { stream: 'placer', version: fleet.placer.version },
          { stream: 'policy', version: fleet.policy.version },
          { stream: kernel.kernelInstanceId, version: kernel.version },
        ],
        metadata: because('placer', hostId, null),
      });
    } catch (error) {
      if (error instanceof VersionConflict) return false;
      throw error;
    }
    await follower.catchUp();
    return true;
  }
}
