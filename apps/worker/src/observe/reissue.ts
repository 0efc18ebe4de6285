import {
  type ComputeSystemId,
  type HostId,
  hostOf,
  mayReboot,
  type TimeMs,
} from '@bulkhead/domain';
import { EffectUnavailable } from '@bulkhead/event-store';
import type { TrackedAttempt } from '../fleet/attempt-index.js';
import { backlogOf, type Job, QUEUE_OF, type WorkloadJobKind } from '../queue/job.js';
import { correlationOf, type ObserveParts } from './observe-parts.js';

/** With so many jobs waiting in a queue, what seems to be missing is most likely among them. */
export const BACKLOG_MAX = 500;

/** Issues jobs of one host again whose work the log has asked for and that nothing came of. */
export class Reissue {
  private rebootAtMs = 0;
  private releasesAtMs = 0;

  constructor(
    private readonly hostId: HostId,
    private readonly parts: ObserveParts,
  ) {}

  /** Jobs that were not looked at yet, those left out that wait behind many others. */
  async issue(jobs: readonly Job[]): Promise<void> {
    if (jobs.length === 0) return;
    const { queue } = this.parts;
    try {
      const counts = await queue.counts();
      const missing = jobs.filter(({ kind }) => backlogOf(counts[QUEUE_OF[kind]]) < BACKLOG_MAX);
      if (missing.length > 0) await queue.add(missing);
    } catch (error) {
      // The next comparison finds them again; that the queues are away is told elsewhere.
      if (!(error instanceof EffectUnavailable)) throw error;
    }
  }

  /** Releases of attempts that are over, where they have been for too long. */
  async releases(over: readonly TrackedAttempt[]): Promise<void> {
    const { logTime, times } = this.parts;
    const nowMs = await logTime.nowMs();
    if (nowMs - this.releasesAtMs < times.reissueAfterMs) return;
    const stuck = over.filter(({ movedAtMs }) => nowMs - movedAtMs >= times.reissueAfterMs);
    if (stuck.length === 0) return;
    this.releasesAtMs = nowMs;
    const job = 'release-workload';
    await this.issue(stuck.map((tracked) => this.jobOf(job, tracked, nowMs)));
  }

  /** Stops of these, which have been asked for too long ago. */
  async stops(overdue: readonly ComputeSystemId[]): Promise<void> {
    if (overdue.length === 0) return;
    const { follower, clock } = this.parts;
    const nowMs = clock();
    const jobs = overdue.flatMap((id) => {
      const tracked = follower.attempts.get(id);
      return tracked === null ? [] : [this.jobOf('stop-workload', tracked, nowMs)];
    });
    await this.issue(jobs);
  }

  /** A boot that was asked for and is overdue: its job was lost, or came while it could not be carried out. */
  rebootAgain(nowMs: TimeMs): Job[] {
    const { follower, times } = this.parts;
    const { state } = hostOf(follower.fleet, this.hostId);
    const position = follower.rebootAskedAt.get(this.hostId);
    if (state.reboot === undefined || position === undefined || !mayReboot(state)) return [];
    const lastMs = Math.max(state.reboot.requestedAtMs, this.rebootAtMs);
    if (nowMs - lastMs < times.reissueAfterMs) return [];
    this.rebootAtMs = nowMs;
    const { hostId } = this;
    const data = { hostId, position, correlationId: hostId };
    return [{ kind: 'reboot-host', id: `reboot-host-${hostId}-again-${nowMs}`, data, delayMs: 0 }];
  }

  /** None for a start that waits until its host starts less: nothing was lost. */
  jobsAgain({ job, tracked }: { job: WorkloadJobKind; tracked: TrackedAttempt }, nowMs: TimeMs) {
    const { turns, follower } = this.parts;
    const waits = follower.attempts.placedOn(this.hostId).has(tracked.computeSystemId);
    if (job === 'start-workload' && waits && turns.isFull(this.hostId)) return [];
    return [this.jobOf(job, tracked, nowMs)];
  }

  private jobOf(kind: WorkloadJobKind, tracked: TrackedAttempt, nowMs: TimeMs): Job {
    const { tenantId, workloadId, computeSystemId, movedPosition, stopPosition } = tracked;
    const position = kind === 'stop-workload' ? (stopPosition ?? movedPosition) : movedPosition;
    const correlationId = correlationOf(this.parts, tracked);
    const data = { tenantId, workloadId, computeSystemId, position, correlationId };
    return { kind, id: `${kind}-${computeSystemId}-again-${nowMs}`, data, delayMs: 0 };
  }
}
