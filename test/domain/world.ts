import {
  advisoriesAgainstStart,
  type BatchId,
  cloneFor,
  type EvictionCause,
  hostOf,
  hostShapes,
  type ImageFacts,
  kernelDecider,
  leave,
  type PlannedPlacement,
  placerDecider,
  planRound,
  policyDecider,
  type TenantId,
  tenantOf,
  type WorkloadId,
  type WorkloadRequest,
  withdrawProposal,
  workloadDecider,
} from '@bulkhead/domain';
import { idOf, image, policy, request } from './builders.js';
import { bootOf } from './utility-vm-boot.js';
import { WorldOfTenants } from './world-of-tenants.js';

/**
 * The whole system reduced to what the domain sees: the real deciders, fleet and placement over a log in
 * memory, and hosts that obey at once. Every act is one append or none, as the real processes do it.
 */
export class World extends WorldOfTenants {
  /** With policy version 1 and a placer in office. */
  constructor() {
    super();
    const published = { kind: 'publish-policy', version: 1, policy, nowMs: this.nowMs } as const;
    this.run(policyDecider, 'policy', null, published);
    this.takeOver();
  }

  takeOver(): void {
    const command = { kind: 'take-over', owner: this.newUuid(), nowMs: this.nowMs } as const;
    this.run(placerDecider, 'placer', null, command);
  }

  /** Evicts the attempt that the workload has, which its host ends at once. */
  override evict(workloadId: WorkloadId, cause: EvictionCause, causedByPosition: number): void {
    const { nowMs } = this;
    const { computeSystemId } = this.attemptOf(workloadId) ?? {};
    if (computeSystemId === undefined) return;
    this.ask(workloadId, { kind: 'evict', computeSystemId, cause, causedByPosition, nowMs });
    this.exit(workloadId, 1, 'ForcedExit');
  }

  submit(
    tenantId: TenantId,
    changes: Partial<WorkloadRequest> = {},
    facts: ImageFacts = image(),
    batch: { batchId: BatchId; index: number } | null = null,
  ): WorkloadId {
    const workloadId = idOf('wl', Number.parseInt(this.newUuid(), 16)) as WorkloadId;
    const { trust, trustBoundary } = tenantOf(this.fleet, tenantId).state;
    this.queues(workloadId);
    this.run(workloadDecider, workloadId, tenantId, {
      kind: 'submit-workload',
      workloadId,
      tenantId,
      batch,
      request: request({ ...changes, image: facts.reference }),
      image: facts,
      trust,
      trustBoundary,
      policy: this.fleet.policy.state.policy ?? policy,
      policyVersion: this.fleet.policy.state.version,
      hosts: hostShapes(this.fleet),
      nowMs: this.nowMs,
    });
    return workloadId;
  }

  /** One round of the placer. `refuse` tells which of its appends meet a conflict. */
  place(refuse: (planned: PlannedPlacement) => boolean = () => false) {
    const { version: policyVersion } = this.fleet.policy;
    const round = planRound(this.fleet, this.room, this.nowMs, this.newUuid);
    for (const planned of round.placements) {
      leave(this.room, planned.workloadId);
      if (refuse(planned)) this.takeBack(planned.workloadId);
      else this.recordPlacement(planned);
    }
    for (const { workloadId, workload, cause, detail } of round.deferrals) {
      const attempt = workload.state.nextAttempt;
      this.ask(workloadId, { kind: 'defer-placement', attempt, cause, detail, nowMs: this.nowMs });
    }
    for (const { workloadId, code, reasons, grounds } of round.rejections) {
      const { nowMs } = this;
      this.ask(workloadId, { kind: 'reject-unplaceable', code, reasons, grounds, nowMs });
    }
    for (const { workloadId, causedByPosition } of round.preemptions) {
      // The append guards the policy that permits it: a newer one takes the plan back.
      if (this.fleet.policy.version !== policyVersion) break;
      this.evict(workloadId, 'preempted', causedByPosition);
    }
    return round;
  }

  /** What the log refused waits again. */
  private takeBack(workloadId: WorkloadId): void {
    withdrawProposal(this.fleet, workloadId, 'refused');
    this.seat(workloadId);
  }

  private recordPlacement({ workloadId, tenantId, command, claim }: PlannedPlacement): void {
    const { trustBoundary } = command.decision;
    const claimed = { kind: 'claim-kernel', trustBoundary, nowMs: this.nowMs } as const;
    this.append([
      this.entry(workloadDecider, workloadId, tenantId, command),
      ...(claim === null ? [] : [this.entry(kernelDecider, claim.kernelInstanceId, null, claimed)]),
    ]);
  }

  /** The start job: authorizes with the tenant as it is now, then asks the host. */
  start(workloadId: WorkloadId, hostRefuses = false): void {
    const attempt = this.attemptOf(workloadId);
    const tenantId = this.fleet.workloads.get(workloadId)?.state.tenantId ?? null;
    if (attempt === null || tenantId === null) return;
    const { computeSystemId, hostId, isolation, kernelInstanceId } = attempt;
    const host = hostOf(this.fleet, hostId);
    if (host.state.condition !== 'up' || host.state.quarantine !== null) return;
    const { trust, trustBoundary, suspension } = tenantOf(this.fleet, tenantId).state;
    const suspended = suspension !== null;
    const { nowMs } = this;
    const { brokenBy: kernelBrokenBy } = advisoriesAgainstStart(this.fleet, host, nowMs);
    const workload = this.fleet.workloads.get(workloadId)?.state;
    const clone = workload && cloneFor(this.fleet, workload, attempt, nowMs).decision;
    const wall = { trust, trustBoundary, suspended, kernelBrokenBy, clone: clone ?? null, nowMs };
    const appended = this.ask(workloadId, { kind: 'authorize-start', computeSystemId, ...wall });
    const cause = appended[0]?.position;
    if (cause === undefined || hostRefuses) return;
    const spec = { workloadId, isolation, kernelInstanceId };
    this.hosts.get(hostId)?.createAndStart(this.nowMs, computeSystemId, spec, cause);
  }

  /** The host reports the end of the start; a utility VM brings its kernel. */
  started(workloadId: WorkloadId): void {
    const attempt = this.attemptOf(workloadId);
    if (attempt === null) return;
    const { computeSystemId, hostId, isolation, kernelInstanceId, trustBoundary } = attempt;
    if (this.hosts.get(hostId)?.started(this.nowMs, computeSystemId) !== true) return;
    const at = { startedAtMs: this.nowMs - 100, finishedAtMs: this.nowMs };
    const boot = { stage: 'utility-vm-boot', ...bootOf(attempt), ...at } as const;
    const start = { stage: 'start', path: null, ...at } as const;
    const virtual = isolation === 'hyperv';
    const timings = virtual ? [boot, start] : [start];
    const spec = this.fleet.hosts.get(hostId)?.state.spec;
    if (spec == null) return;
    const kernel = {
      kernelInstanceId,
      kind: 'utility-vm' as const,
      hostId,
      computeSystemId,
      kernelVersion: null,
      hostVersion: spec.osVersion,
    };
    const { nowMs } = this;
    this.ask(workloadId, { kind: 'report-started', computeSystemId, timings });
    if (!virtual) return;
    this.run(kernelDecider, kernelInstanceId, null, { kind: 'start-kernel', kernel, nowMs });
    this.run(kernelDecider, kernelInstanceId, null, { kind: 'claim-kernel', trustBoundary, nowMs });
  }

  exit(
    workloadId: WorkloadId,
    exitCode = 0,
    exitType: 'GracefulExit' | 'UnexpectedExit' | 'ForcedExit' = 'GracefulExit',
  ): void {
    const attempt = this.attemptOf(workloadId);
    if (attempt === null) return;
    const { computeSystemId, hostId } = attempt;
    this.hosts.get(hostId)?.exit(this.nowMs, computeSystemId, exitCode, exitType);
    this.hearExit(workloadId);
  }

  /** Tells the log of an exit that the host has on record. */
  hearExit(workloadId: WorkloadId): void {
    const attempt = this.attemptOf(workloadId);
    const system = attempt && this.hosts.get(attempt.hostId)?.systems.get(attempt.computeSystemId);
    if (attempt === null || system?.exit == null) return;
    this.ask(workloadId, {
      kind: 'report-exited',
      computeSystemId: attempt.computeSystemId,
      timings: [],
      ...system.exit,
      occurredAtMs: this.nowMs,
    });
  }

  cancel(workloadId: WorkloadId): void {
    this.ask(workloadId, { kind: 'cancel', reason: null, nowMs: this.nowMs });
    this.exit(workloadId, 1, 'ForcedExit');
  }
}
