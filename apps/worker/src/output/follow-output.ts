import type { Clock, ComputeSystemId, HostId, TimeMs, WorkloadId } from '@bulkhead/domain';
import { holdingAttempt, hostOf } from '@bulkhead/domain';
import { DriverError, type DriverRegistry } from '@bulkhead/hypervisor';
import { Bell } from '../bell.js';
import type { FleetFollower } from '../fleet/fleet-follower.js';
import type { Component } from '../keep-running.js';
import { hostLeaseName } from '../leases/fences.js';
import type { LeaseKeeper } from '../leases/lease-keeper.js';
import { type Logger, told } from '../logging.js';
import { Slots } from '../slots.js';
import { sleep, type Timers } from '../timers.js';
import type { WorkloadCommands } from '../workloads/workload-commands.js';
import type { LastOutput } from './last-output.js';
import type { CapturedAttempt, OutputCapture } from './output-capture.js';

/** Between two looks at what writes; the pause doubles up to the longest while nothing is found. */
export const OUTPUT_PAUSES = { firstMs: 1_000, longestMs: 8_000 } as const;
/** Of those that run on one host, so many are read at once; the requests to one engine travel together. */
const READS_AT_ONCE_MAX = 200;
/** What is read is waited for so long before others are looked at: a host that answers nothing keeps none waiting. */
const ROUND_MAX_MS = 1_000;
/** Without anything that runs, it looks this often whether it has missed something. */
const IDLE_MS = 60_000;

interface Followed {
  readonly workloadId: WorkloadId;
  dueMs: TimeMs;
  pauseMs: number;
  /** It is being read, or waits until others of its host have been. */
  isLooking: boolean;
}

export interface FollowOutputParts {
  readonly follower: FleetFollower;
  readonly workloads: WorkloadCommands;
  readonly leases: Pick<LeaseKeeper, 'epochOf'>;
  readonly drivers: DriverRegistry;
  readonly capture: OutputCapture;
  readonly last: LastOutput;
  readonly steadyClock: Clock;
  readonly timers: Timers;
  readonly logger: Logger;
}

/**
 * Captures, while it runs, what a compute system writes on a host whose lease this process holds, so that
 * whoever follows sees it soon, and little is lost with a host. What it misses the last capture finds.
 */
export class FollowOutput implements Component {
  readonly name = 'output';
  private readonly followed = new Map<ComputeSystemId, Followed>();
  private readonly slots = new Map<HostId | null, Slots>();
  private readonly looks = new Set<Promise<void>>();
  private readonly bell: Bell;

  constructor(private readonly parts: FollowOutputParts) {
    this.bell = new Bell(parts.timers);
    parts.follower.onEvent(({ stream, event }) => {
      if (event.type === 'ComputeSystemStarted') {
        this.add(event.payload.computeSystemId, stream as WorkloadId);
      } else if (event.type === 'ComputeSystemExited' || event.type === 'ComputeSystemLost') {
        this.followed.delete(event.payload.computeSystemId);
      } else if (event.type === 'ComputeSystemReleased') {
        this.parts.last.forget(event.payload.computeSystemId);
      }
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        await this.bell.heard(this.untilDue(), signal);
        if (!signal.aborted) await this.round();
      }
    } finally {
      await this.ended(this.looks);
    }
  }

  private add(computeSystemId: ComputeSystemId, workloadId: WorkloadId): void {
    const pauseMs = OUTPUT_PAUSES.firstMs;
    const dueMs = this.parts.steadyClock() + pauseMs;
    // The loop sleeps until the first is due, so only what comes when there is none need wake it.
    if (this.followed.size === 0) this.bell.ring();
    this.followed.set(computeSystemId, { workloadId, dueMs, pauseMs, isLooking: false });
  }

  private untilDue(): number {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const followed of this.followed.values()) dueMs = Math.min(dueMs, followed.dueMs);
    return Math.max(OUTPUT_PAUSES.firstMs / 2, Math.min(IDLE_MS, dueMs - this.parts.steadyClock()));
  }

  private async round(): Promise<void> {
    const nowMs = this.parts.steadyClock();
    const due = [...this.followed].filter(([, one]) => one.dueMs <= nowMs && !one.isLooking);
    await this.ended(due.map(([id, followed]) => this.begin(id, followed)));
  }

  /** Looks at it as soon as its host has room, however long others take. */
  private begin(computeSystemId: ComputeSystemId, followed: Followed): Promise<void> {
    const hostId = this.parts.follower.attempts.get(computeSystemId)?.hostId ?? null;
    const slots = this.slots.get(hostId) ?? new Slots(READS_AT_ONCE_MAX);
    this.slots.set(hostId, slots);
    followed.isLooking = true;
    const look = slots
      .run(() => this.look(computeSystemId, followed))
      .finally(() => {
        followed.isLooking = false;
        this.looks.delete(look);
      });
    this.looks.add(look);
    return look;
  }

  /** When all of them have, or after a while. */
  private async ended(looks: Iterable<Promise<void>>): Promise<void> {
    const over = new AbortController();
    await Promise.race([Promise.all(looks), sleep(this.parts.timers, ROUND_MAX_MS, over.signal)]);
    over.abort();
  }

  private async look(computeSystemId: ComputeSystemId, followed: Followed): Promise<void> {
    const { steadyClock, logger } = this.parts;
    let found = 0;
    try {
      found = await this.takeFrom(computeSystemId, followed.workloadId);
    } catch (error) {
      // A host that is away or has booted is somebody else's business.
      const isHosts = error instanceof DriverError;
      const line = { workload: followed.workloadId, computeSystem: computeSystemId };
      if (!isHosts) logger.warn({ ...line, ...told(error) }, 'output was not captured');
    }
    const { firstMs, longestMs } = OUTPUT_PAUSES;
    followed.pauseMs = found > 0 ? firstMs : Math.min(followed.pauseMs * 2, longestMs);
    followed.dueMs = steadyClock() + followed.pauseMs;
  }

  private async takeFrom(id: ComputeSystemId, workloadId: WorkloadId): Promise<number> {
    const { follower, workloads, leases, drivers, capture } = this.parts;
    const tracked = follower.attempts.get(id);
    const state = workloads.known(workloadId)?.state;
    const attempt = state === undefined ? null : holdingAttempt(state);
    if (tracked === null || attempt?.computeSystemId !== id) return 0;
    if (leases.epochOf(hostLeaseName(tracked.hostId)) === null) return 0;
    const { spec } = hostOf(follower.fleet, tracked.hostId).state;
    if (spec === null) return 0;
    const { tenantId, computeSystemId } = tracked;
    const captured: CapturedAttempt = {
      tenantId,
      workloadId,
      computeSystemId,
      attempt: attempt.attempt,
    };
    return capture.take(captured, drivers.driverFor(spec));
  }
}
