import { BrokenInvariant } from '../decider.js';
import type { TimeMs } from '../event.js';
import { type ComputeSystemId, prefixedId, type WorkloadId } from '../ids.js';
import type { UuidSource } from '../sources.js';
import type { DeferralCause } from '../workload/events.js';
import type { WorkloadState } from '../workload/state.js';
import { type Fleet, imageOf, tenantOf } from './fleet.js';
import type { Versioned } from './fleet-host.js';
import { imageNow } from './image-now.js';
import type {
  OfWaiting,
  PlannedDeferral,
  PlannedPlacement,
  PlannedRejection,
  Round,
} from './planned-round.js';
import { holdProposal } from './proposals.js';
import { hostShapes, type Proposal, propose } from './propose.js';
import { hasRoomEver, reservation } from './unrunnable.js';
import type { Line, Waiting } from './waiting-room.js';

/** A round plans at most this many appends; what is left waits for the next one. */
export const ROUND_ACTIONS_MAX = 1_000;

/** A round while it is being planned. */
export class OpenRound {
  private readonly placements: PlannedPlacement[] = [];
  private readonly deferrals: PlannedDeferral[] = [];
  private readonly rejections: PlannedRejection[] = [];
  private againAtMs: TimeMs | null = null;
  private deferral: { cause: DeferralCause; detail: string } | null = null;

  constructor(
    private readonly fleet: Fleet,
    private readonly nowMs: TimeMs,
    private readonly newUuid: UuidSource,
  ) {}

  isFull(): boolean {
    const { placements, deferrals, rejections } = this;
    return placements.length + deferrals.length + rejections.length >= ROUND_ACTIONS_MAX;
  }

  /** True when the next in line may have better luck: this one got a place, or its end. */
  look(waiting: Waiting): boolean {
    this.deferral = null;
    const { workloadId } = waiting;
    const workload = this.fleet.workloads.get(workloadId);
    if (workload === undefined || this.fleet.pending.has(workloadId)) return true;
    if (waiting.notBeforeMs > this.nowMs) {
      this.lookAgainAt(waiting.notBeforeMs);
      return false;
    }
    if (this.cannotFit(workload.state)) return false;
    const proposal = propose(this.fleet, workload.state, this.nowMs);
    return this.take(proposal, workloadId, workload);
  }

  /**
   * What holds for the first of a line holds for the others: each is told of the cause, once for its
   * attempt. The line remembers how far it was told, so that waiting costs nothing.
   */
  deferAllAlike({ waiting, told }: Line, from: number): void {
    if (this.deferral === null) return;
    const { cause } = this.deferral;
    const toldUpTo = told.get(cause) ?? 0;
    for (let at = Math.max(from, firstAfter(waiting, toldUpTo)); at < waiting.length; at += 1) {
      if (this.isFull()) return;
      const { workloadId, order } = waiting[at] as Waiting;
      told.set(cause, order);
      const workload = this.fleet.workloads.get(workloadId);
      if (workload === undefined || workload.state.deferrals.includes(cause)) continue;
      this.deferrals.push({ ...this.ofWaiting(workloadId, workload), ...this.deferral });
    }
  }

  close(): Round {
    const { placements, deferrals, rejections, againAtMs } = this;
    return { placements, deferrals, rejections, againAtMs };
  }

  /** Spares a look at every host when none has room, once the workload has been told why it waits. */
  private cannotFit(state: WorkloadState): boolean {
    const { policy } = this.fleet.policy.state;
    if (state.request === null || policy === null || state.deferrals.length === 0) return false;
    // What is refused or held back for another reason is told so at once, and not when there is room.
    if (state.image !== null && imageNow(this.fleet, state.image).revoked) return false;
    if (state.tenantId !== null && tenantOf(this.fleet, state.tenantId).state.suspension !== null) {
      return false;
    }
    const isolation = state.decision?.isolation ?? 'process';
    const needed = reservation(state.request.resources, isolation, policy);
    // Where no host could ever hold it, as after the retirement of the only one, it is refused at once.
    const isHopeful = hostShapes(this.fleet).some((shape) => hasRoomEver(shape, needed));
    if (!isHopeful) return false;
    const most = this.fleet.index.mostFree();
    return needed.cpuMillis > most.cpuMillis || needed.memoryMiB > most.memoryMiB;
  }

  private take(
    proposal: Proposal,
    workloadId: WorkloadId,
    workload: Versioned<WorkloadState>,
  ): boolean {
    switch (proposal.kind) {
      case 'settle':
        return false;
      case 'reject':
        this.rejections.push({
          ...this.ofWaiting(workloadId, workload),
          code: proposal.code,
          reasons: proposal.reasons,
        });
        return true;
      case 'defer':
        this.deferral = { cause: proposal.cause, detail: proposal.detail };
        if (proposal.againAtMs !== null) this.lookAgainAt(proposal.againAtMs);
        return false;
      case 'place':
        this.place(proposal, workloadId, workload);
        return true;
    }
  }

  private place(
    proposal: Extract<Proposal, { kind: 'place' }>,
    workloadId: WorkloadId,
    workload: Versioned<WorkloadState>,
  ): void {
    const { host, decision, reserved, claimsKernel } = proposal;
    const { fleet, nowMs } = this;
    const { image } = workload.state;
    if (host.kernel === null || image === null) {
      throw new BrokenInvariant(`${workloadId} cannot be placed on ${host.hostId}`);
    }
    const { kernelInstanceId: hostKernel, version: kernelVersion } = host.kernel;
    const silo = decision.isolation === 'process';
    const ofWaiting = this.ofWaiting(workloadId, workload);
    const shared = silo && !claimsKernel ? [{ stream: hostKernel, version: kernelVersion }] : [];
    this.placements.push({
      ...ofWaiting,
      command: {
        kind: 'place-attempt',
        attempt: workload.state.nextAttempt,
        hostId: host.hostId,
        kernelInstanceId: silo ? hostKernel : prefixedId('ki', this.newUuid()),
        computeSystemId: prefixedId('cs', this.newUuid()) as ComputeSystemId,
        decision,
        reserved,
        placerTerm: fleet.placer.state.term,
        nowMs,
      },
      claim: claimsKernel ? { kernelInstanceId: hostKernel, version: kernelVersion } : null,
      guards: [
        { stream: host.hostId, version: host.version },
        { stream: ofWaiting.tenantId, version: tenantOf(fleet, ofWaiting.tenantId).version },
        { stream: image.imageId, version: imageOf(fleet, image.imageId).version },
        { stream: 'policy', version: fleet.policy.version },
        { stream: 'placer', version: fleet.placer.version },
        ...shared,
      ],
    });
    const { hostId } = host;
    const { isolation, trustBoundary } = decision;
    const batchId = workload.state.batch?.batchId ?? null;
    const hold = { hostId, reserved, isolation, batchId, tenantId: ofWaiting.tenantId };
    holdProposal(fleet, workloadId, hold, claimsKernel ? trustBoundary : null);
  }

  private ofWaiting(workloadId: WorkloadId, workload: Versioned<WorkloadState>): OfWaiting {
    const { tenantId } = workload.state;
    if (tenantId === null) throw new BrokenInvariant(`${workloadId} has no tenant`);
    return { workloadId, tenantId, workload };
  }

  private lookAgainAt(atMs: TimeMs): void {
    this.againAtMs = this.againAtMs === null ? atMs : Math.min(this.againAtMs, atMs);
  }
}

/** Index of the first in line that came after `order`; lines stand in the order of coming. */
function firstAfter(waiting: readonly Waiting[], order: number): number {
  let low = 0;
  let high = waiting.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((waiting[middle] as Waiting).order <= order) low = middle + 1;
    else high = middle;
  }
  return low;
}
