import {
  type ComputeSystemId,
  type HostId,
  holdingAttempt,
  hostOf,
  isOver,
  keepsEvidence,
  type TimeMs,
} from '@bulkhead/domain';
import { sleep } from '../timers.js';
import type { ObserveParts } from './observe-parts.js';
import type { Reissue } from './reissue.js';

/** How long a stop may take before its job is issued anew: it may be in the hands of a worker that died. */
export const STOP_AGAIN_MS = 2_000;
const LOOK_EVERY_MS = 1_000;

/** When the job of a stop is issued anew, and how long it waits after that: twice as long each time. */
interface Overdue {
  readonly dueAtMs: TimeMs;
  readonly pauseMs: number;
}

/**
 * Issues the stops of one host anew that nothing came of. They have a bound, and may not wait until a job
 * that was lost, or is locked by a dead worker, is found by comparing the host with the log.
 */
export class OverdueStops {
  private readonly waiting = new Map<ComputeSystemId, Overdue>();

  constructor(
    private readonly hostId: HostId,
    private readonly parts: ObserveParts,
    private readonly reissue: Reissue,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.parts.timers, LOOK_EVERY_MS, signal);
      if (!signal.aborted) await this.look();
    }
  }

  private async look(): Promise<void> {
    const { steadyClock, times } = this.parts;
    const nowMs = steadyClock();
    const stopping = this.stopping();
    for (const id of this.waiting.keys()) if (!stopping.has(id)) this.waiting.delete(id);
    const due: ComputeSystemId[] = [];
    for (const id of stopping) {
      const { dueAtMs, pauseMs } = this.waiting.get(id) ?? {
        dueAtMs: nowMs + STOP_AGAIN_MS - LOOK_EVERY_MS,
        pauseMs: STOP_AGAIN_MS,
      };
      // A timer may be a little early by the clock; what is due with this look must not wait for the next.
      const isDue = nowMs + LOOK_EVERY_MS / 2 >= dueAtMs;
      if (isDue) due.push(id);
      const nextPauseMs = Math.min(pauseMs * 2, times.reissueAfterMs);
      const next = { dueAtMs: nowMs + nextPauseMs, pauseMs: nextPauseMs };
      this.waiting.set(id, isDue ? next : { dueAtMs, pauseMs });
    }
    await this.reissue.stops(due);
  }

  /** Told to stop, and not known to have ended. What is kept as evidence waits for the release of its host. */
  private stopping(): ReadonlySet<ComputeSystemId> {
    const { follower, workloads } = this.parts;
    const isHeld = keepsEvidence(hostOf(follower.fleet, this.hostId).state);
    const tracked = follower.attempts.on(this.hostId).filter((one) => {
      if (one.stopPosition === null) return false;
      const state = workloads.known(one.workloadId)?.state;
      const attempt = state === undefined ? null : holdingAttempt(state);
      if (attempt?.computeSystemId !== one.computeSystemId || isOver(attempt)) return false;
      return !isHeld || attempt.stage === 'started';
    });
    return new Set(tracked.map(({ computeSystemId }) => computeSystemId));
  }
}
