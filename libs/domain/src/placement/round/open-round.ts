import { BrokenInvariant } from '../../decider.js';
import type { TimeMs } from '../../event.js';
import { type ComputeSystemId, prefixedId, type WorkloadId } from '../../ids.js';
import type { UuidSource } from '../../sources.js';
import type { DeferralCause } from '../../workload/events.js';
import type { Resources } from '../../workload/request.js';
import type { WorkloadState } from '../../workload/state.js';
import { type Fleet, imageOf, tenantOf } from '../fleet/fleet.js';
import type { Versioned } from '../fleet/fleet-host.js';
import { holdProposal } from '../fleet/proposals.js';
import { type Proposal, propose } from '../propose.js';
import { reservation } from '../unrunnable.js';
import { LastLook } from '../waiting/last-look.js';
import type { Line } from '../waiting/line.js';
import type { Turn } from '../waiting/turns.js';
import type { WaitingRoom } from '../waiting/waiting-room.js';
import { BlockedLines, ofWaiting } from './blocked-lines.js';
import { KeptHosts } from './kept-hosts.js';
import type { PlannedPlacement, PlannedRejection, Round } from './planned-round.js';
import { Preemptions } from './preemptions.js';

/** A round plans at most this many appends; what is left waits for the next one. */
export const ROUND_ACTIONS_MAX = 1_000;

/** Where others have to go before there is a place. */
const lacksRoom: ReadonlySet<DeferralCause> = new Set(['cpu', 'memory']);

/** A round while it is being planned. */
export class OpenRound {
  private readonly placements: PlannedPlacement[] = [];
  private readonly rejections: PlannedRejection[] = [];
  private readonly blocked: BlockedLines;
  private againAtMs: TimeMs | null = null;
  /** Asked of the index once for as long as nothing is taken. */
  private mostFree: Resources | null = null;

  private readonly preemptions: Preemptions;
  private readonly keptHosts: KeptHosts;

  constructor(
    private readonly fleet: Fleet,
    room: WaitingRoom,
    private readonly nowMs: TimeMs,
    private readonly newUuid: UuidSource,
  ) {
    this.blocked = new BlockedLines(fleet);
    this.preemptions = new Preemptions(fleet, nowMs);
    this.keptHosts = new KeptHosts(fleet, room, this.preemptions, nowMs);
  }

  /** Nobody has been told yet why he waits: that comes when all who fit have a place. */
  isFull(): boolean {
    return this.placements.length + this.rejections.length >= ROUND_ACTIONS_MAX;
  }

  /** True when the next in line may have better luck: this one got a place, or its end. */
  look(turn: Turn): boolean {
    const { workloadId, notBeforeMs } = turn.waiting;
    const workload = this.fleet.workloads.get(workloadId);
    if (workload === undefined || this.fleet.pending.has(workloadId)) return true;
    if (notBeforeMs > this.nowMs) {
      this.lookAgainAt(notBeforeMs);
      return false;
    }
    if (this.keptHosts.openFor(turn)) this.mostFree = null;
    if (this.cannotFit(turn.line, workload.state)) {
      this.noRoom(turn, workload.state);
      return false;
    }
    // What throws here ends placement for everybody, and one workload is not set aside instead: it says that
    // the fold of the fleet contradicts itself, and by the same fold others would be put on kernels. That
    // nobody is placed costs time; to go on could cost a wall.
    const proposal = propose(this.fleet, workload.state, this.nowMs);
    if (proposal.kind === 'defer') turn.line.lastLook = LastLook.at(this.fleet, workload.state);
    return this.take(proposal, turn, workload);
  }

  close(): Round {
    this.keptHosts.giveBack();
    const { placements, rejections, againAtMs } = this;
    const deferrals = this.blocked.tell(ROUND_ACTIONS_MAX - placements.length - rejections.length);
    const { planned: preemptions } = this.preemptions;
    return { placements, deferrals, rejections, preemptions, againAtMs };
  }

  /**
   * Spares a look at every host when none has room, once the workload has been told why it waits. Where
   * tenant, policy, image or the shapes of hosts have moved since it was judged, it may have to be refused,
   * which it is told at once and not when there is room.
   */
  private cannotFit({ lastLook }: Line, state: WorkloadState): boolean {
    const { fleet } = this;
    const { policy } = fleet.policy.state;
    if (state.request === null || policy === null || state.deferrals.length === 0) return false;
    if (lastLook === null || !lastLook.stillHolds(fleet, state)) return false;
    // Nothing is kept free for a tenant that may not run anything.
    if (state.tenantId !== null && tenantOf(fleet, state.tenantId).state.suspension !== null) {
      return false;
    }
    const isolation = state.decision?.isolation ?? 'process';
    const needed = reservation(state.request.resources, isolation, policy);
    this.mostFree ??= this.fleet.index.mostFree();
    const most = this.mostFree;
    return needed.cpuMillis > most.cpuMillis || needed.memoryMiB > most.memoryMiB;
  }

  private take(proposal: Proposal, turn: Turn, workload: Versioned<WorkloadState>): boolean {
    const { workloadId } = turn.waiting;
    switch (proposal.kind) {
      case 'settle':
        return false;
      case 'reject':
        this.rejections.push({
          ...ofWaiting(workloadId, workload),
          code: proposal.code,
          reasons: proposal.reasons,
          grounds: proposal.grounds,
        });
        return true;
      case 'defer':
        this.blocked.add(turn, proposal.cause, proposal.detail);
        if (lacksRoom.has(proposal.cause)) this.noRoom(turn, workload.state);
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
    const placed = ofWaiting(workloadId, workload);
    const shared = silo && !claimsKernel ? [{ stream: hostKernel, version: kernelVersion }] : [];
    this.placements.push({
      workloadId,
      tenantId: placed.tenantId,
      workload,
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
        { stream: placed.tenantId, version: tenantOf(fleet, placed.tenantId).version },
        { stream: image.imageId, version: imageOf(fleet, image.imageId).version },
        { stream: 'policy', version: fleet.policy.version },
        { stream: 'placer', version: fleet.placer.version },
        ...shared,
        // An advisory that came meanwhile may break this kernel; a utility VM has its own.
        ...(silo ? [{ stream: 'advisories' as const, version: fleet.advisoriesVersion }] : []),
      ],
    });
    const { hostId } = host;
    const { isolation, trustBoundary } = decision;
    const batchId = workload.state.batch?.batchId ?? null;
    const hold = { hostId, reserved, isolation, batchId, tenantId: placed.tenantId };
    holdProposal(fleet, workloadId, hold, claimsKernel ? trustBoundary : null);
    this.mostFree = null;
  }

  /** What is kept from now on is free for nobody, so that what fits is asked anew. */
  private noRoom(turn: Turn, workload: WorkloadState): void {
    const fromMs = this.preemptions.mayPreemptFromMs(turn.waiting);
    if (fromMs !== null && fromMs > this.nowMs) this.lookAgainAt(fromMs);
    if (this.keptHosts.keepFor(turn, workload)) this.mostFree = null;
  }

  private lookAgainAt(atMs: TimeMs): void {
    this.againAtMs = this.againAtMs === null ? atMs : Math.min(this.againAtMs, atMs);
  }
}
