import {
  type BatchId,
  breachesOf,
  type Decider,
  type DomainEvent,
  type EvictionCause,
  emptyFleet,
  emptyWaitingRoom,
  enter,
  evolveFleet,
  type HostId,
  type HostSpec,
  holdingAttempt,
  hostDecider,
  hostOf,
  hostShapes,
  type ImageFacts,
  type KernelInstanceId,
  keepsEvidence,
  kernelDecider,
  leave,
  type PlannedPlacement,
  placerDecider,
  planRound,
  policyDecider,
  type RecordedEvent,
  type StreamId,
  type TenantCommand,
  type TenantId,
  type TrustLevel,
  tenantDecider,
  tenantOf,
  type WorkloadCommand,
  type WorkloadId,
  type WorkloadRequest,
  withdrawProposal,
  workloadDecider,
} from '@bulkhead/domain';
import { idOf, image, NOW_MS, policy, request } from './builders.js';
import { HostRecord } from './host-record.js';
import { type Entry, RecordedLog } from './recorded-log.js';

/**
 * The whole system reduced to what the domain sees: the real deciders, fleet and placement over a log in
 * memory, and hosts that obey at once. Every act is one append or none, as the real processes do it.
 */
export class World {
  readonly log = new RecordedLog();
  readonly fleet = emptyFleet();
  readonly room = emptyWaitingRoom();
  readonly hosts = new Map<HostId, HostRecord>();
  nowMs = NOW_MS;
  private ids = 0;
  private readonly submittedAt = new Map<WorkloadId, number>();

  /** With policy version 1 and a placer in office. */
  constructor() {
    const published = { kind: 'publish-policy', version: 1, policy, nowMs: this.nowMs } as const;
    this.run(policyDecider, 'policy', null, published);
    this.takeOver();
  }

  newUuid = (): string => {
    this.ids += 1;
    return this.ids.toString(16).padStart(32, '0');
  };

  takeOver(): void {
    const command = { kind: 'take-over', owner: this.newUuid(), nowMs: this.nowMs } as const;
    this.run(placerDecider, 'placer', null, command);
  }

  registerTenant(trust: TrustLevel, boundaryGroup: string | null = null): TenantId {
    const tenantId = idOf('ten', this.log.events.length + 1) as TenantId;
    this.run(tenantDecider, tenantId, tenantId, {
      kind: 'register-tenant',
      tenantId,
      name: 'tenant',
      trust,
      boundaryGroup,
      nowMs: this.nowMs,
    });
    return tenantId;
  }

  registerHost(spec: HostSpec): HostId {
    this.run(hostDecider, spec.hostId, null, { kind: 'register-host', spec, nowMs: this.nowMs });
    this.hosts.set(spec.hostId, new HostRecord(spec.hostId));
    this.boot(spec.hostId);
    return spec.hostId;
  }

  /** A new boot: what ran in the one before is lost, and so is its kernel. */
  boot(hostId: HostId): void {
    const record = this.hosts.get(hostId);
    const host = this.fleet.hosts.get(hostId);
    if (record === undefined || host?.state.spec == null) return;
    if (host.state.condition === 'retired') return;
    record.boot(this.nowMs);
    const kernelInstanceId = idOf('ki', Number.parseInt(this.newUuid(), 16)) as KernelInstanceId;
    const { osVersion } = host.state.spec;
    const { nowMs } = this;
    const { bootId } = record;
    const before = host.kernel?.kernelInstanceId ?? null;
    const kernel = {
      kernelInstanceId,
      kind: 'host' as const,
      hostId,
      computeSystemId: null,
      kernelVersion: osVersion,
      hostVersion: osVersion,
    };
    const ended = { kind: 'end-kernel', cause: 'rebooted', nowMs } as const;
    const booted = { kind: 'report-boot', bootId, kernelInstanceId, osVersion, nowMs } as const;
    this.append([
      ...(before === null ? [] : [this.entry(kernelDecider, before, null, ended)]),
      this.entry(hostDecider, hostId, null, booted),
      this.entry(kernelDecider, kernelInstanceId, null, { kind: 'start-kernel', kernel, nowMs }),
    ]);
    this.loseAttemptsOn(hostId, 'host-rebooted');
  }

  onHost(hostId: HostId, kind: 'cordon' | 'uncordon'): void {
    this.run(hostDecider, hostId, null, { kind, reason: 'test', nowMs: this.nowMs });
  }

  /** Evicts the attempt that the workload has, which its host ends at once. */
  evict(workloadId: WorkloadId, cause: EvictionCause, causedByPosition: number): void {
    const { nowMs } = this;
    const { computeSystemId } = this.attemptOf(workloadId) ?? {};
    if (computeSystemId === undefined) return;
    this.ask(workloadId, { kind: 'evict', computeSystemId, cause, causedByPosition, nowMs });
    this.exit(workloadId, 1, 'ForcedExit');
  }

  loseHost(hostId: HostId): void {
    const { nowMs } = this;
    this.run(hostDecider, hostId, null, { kind: 'report-lost', lastHeardAtMs: nowMs, nowMs });
  }

  recoverHost(hostId: HostId): void {
    const state = this.fleet.hosts.get(hostId)?.state;
    const bootId = this.hosts.get(hostId)?.bootId;
    if (state?.boot == null || bootId !== state.boot.bootId) return;
    const { kernelInstanceId, osVersion } = state.boot;
    const command = { kind: 'report-boot', bootId, kernelInstanceId, osVersion } as const;
    this.run(hostDecider, hostId, null, { ...command, nowMs: this.nowMs });
  }

  /** The operator says that it is off, which ends everything on it. */
  fence(hostId: HostId): void {
    this.run(hostDecider, hostId, null, { kind: 'fence', reason: 'test', nowMs: this.nowMs });
    for (const [id] of this.hosts.get(hostId)?.systems ?? []) {
      this.hosts.get(hostId)?.exit(this.nowMs, id, 1, 'LeaseExpired');
    }
    this.loseAttemptsOn(hostId, 'host-fenced');
  }

  submit(
    tenantId: TenantId,
    changes: Partial<WorkloadRequest> = {},
    facts: ImageFacts = image(),
    batch: { batchId: BatchId; index: number } | null = null,
  ): WorkloadId {
    const workloadId = idOf('wl', Number.parseInt(this.newUuid(), 16)) as WorkloadId;
    const { trust, trustBoundary } = tenantOf(this.fleet, tenantId).state;
    this.submittedAt.set(workloadId, this.log.events.length + 1);
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
    const round = planRound(this.fleet, this.room, this.nowMs, this.newUuid);
    for (const planned of round.placements) {
      if (refuse(planned)) withdrawProposal(this.fleet, planned.workloadId, 'refused');
      else this.recordPlacement(planned);
    }
    for (const { workloadId, workload, cause, detail } of round.deferrals) {
      const attempt = workload.state.nextAttempt;
      this.ask(workloadId, { kind: 'defer-placement', attempt, cause, detail, nowMs: this.nowMs });
    }
    for (const { workloadId, code, reasons } of round.rejections) {
      this.ask(workloadId, { kind: 'reject-unplaceable', code, reasons, nowMs: this.nowMs });
    }
    return round;
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
  start(workloadId: WorkloadId): void {
    const attempt = this.attemptOf(workloadId);
    const tenantId = this.fleet.workloads.get(workloadId)?.state.tenantId ?? null;
    if (attempt === null || tenantId === null) return;
    const { computeSystemId, hostId, isolation, kernelInstanceId } = attempt;
    if (hostOf(this.fleet, hostId).state.quarantine !== null) return;
    const { trust, trustBoundary, suspension } = tenantOf(this.fleet, tenantId).state;
    const suspended = suspension !== null;
    const wall = { trust, trustBoundary, suspended, nowMs: this.nowMs };
    const appended = this.ask(workloadId, { kind: 'authorize-start', computeSystemId, ...wall });
    const cause = appended[0]?.position;
    if (cause === undefined || this.fleet.hosts.get(hostId)?.state.condition !== 'up') return;
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
    const boot = { stage: 'utility-vm-boot', path: 'cold', ...at } as const;
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

  /** The release job, once there is nothing left that runs. */
  release(workloadId: WorkloadId): void {
    const attempt = this.attemptOf(workloadId);
    if (attempt === null) return;
    const { computeSystemId, hostId, isolation, kernelInstanceId } = attempt;
    const system = this.hosts.get(hostId)?.systems.get(computeSystemId);
    if (system?.state === 'starting' || system?.state === 'running') return;
    if (keepsEvidence(hostOf(this.fleet, hostId).state)) return;
    const stopping = this.fleet.workloads.get(workloadId)?.state.cancelRequested;
    const over = ['exited', 'lost', 'start-failed'].includes(attempt.stage);
    if (!over && !(stopping || attempt.eviction !== null)) return;
    const { nowMs } = this;
    const cause = this.lastPositionOf(workloadId);
    if (system !== undefined) this.hosts.get(hostId)?.release(nowMs, computeSystemId, cause);
    this.ask(workloadId, { kind: 'report-released', computeSystemId, nowMs });
    const ended = { kind: 'end-kernel', cause: 'released', nowMs } as const;
    if (isolation === 'hyperv') this.run(kernelDecider, kernelInstanceId, null, ended);
  }

  changeTrust(tenantId: TenantId, trust: TrustLevel): void {
    this.tell(tenantId, { kind: 'change-trust', trust, reason: 'test', nowMs: this.nowMs });
    this.evictBreaches(tenantId);
  }

  changeBoundary(tenantId: TenantId, boundaryGroup: string | null): void {
    const { nowMs } = this;
    this.tell(tenantId, { kind: 'change-boundary', boundaryGroup, reason: 'test', nowMs });
    this.evictBreaches(tenantId);
  }

  suspend(tenantId: TenantId, evict = false): void {
    this.tell(tenantId, { kind: 'suspend', evict, reason: 'test', nowMs: this.nowMs });
    this.evictBreaches(tenantId);
  }

  reinstate(tenantId: TenantId): void {
    this.tell(tenantId, { kind: 'reinstate', reason: 'test', nowMs: this.nowMs });
  }

  private tell(tenantId: TenantId, command: TenantCommand): void {
    this.run(tenantDecider, tenantId, tenantId, command);
  }

  private evictBreaches(tenantId: TenantId): void {
    const causedByPosition = this.lastPositionOf(tenantId);
    for (const { workloadId, cause } of breachesOf(this.fleet, tenantId)) {
      this.evict(workloadId, cause, causedByPosition);
    }
  }

  cancel(workloadId: WorkloadId): void {
    this.ask(workloadId, { kind: 'cancel', reason: null, nowMs: this.nowMs });
    this.exit(workloadId, 1, 'ForcedExit');
  }

  attemptOf(workloadId: WorkloadId) {
    const known = this.fleet.workloads.get(workloadId);
    return known === undefined ? null : holdingAttempt(known.state);
  }

  /** Sends a command to a workload, whatever comes of it. */
  ask(workloadId: WorkloadId, command: WorkloadCommand): RecordedEvent[] {
    const { tenantId } = this.log.stateOf(workloadDecider, workloadId);
    return this.run(workloadDecider, workloadId, tenantId, command);
  }

  run<C, S, E extends DomainEvent>(
    decider: Decider<C, S, E>,
    stream: StreamId,
    tenant: TenantId | null,
    command: C,
  ): RecordedEvent[] {
    return this.append([this.entry(decider, stream, tenant, command)]);
  }

  journals() {
    return [...this.hosts.values()].map(({ hostId, entries }) => ({ hostId, entries }));
  }

  private entry<C, S, E extends DomainEvent>(
    decider: Decider<C, S, E>,
    stream: StreamId,
    tenant: TenantId | null,
    command: C,
  ): Entry {
    const decided = decider.decide(command, this.log.stateOf<S, E>(decider, stream));
    return { stream, tenant, events: decided.accepted ? decided.events : [] };
  }

  private append(entries: readonly Entry[]): RecordedEvent[] {
    const appended = this.log.append(this.nowMs, entries);
    for (const recorded of appended) evolveFleet(this.fleet, recorded);
    for (const { stream } of appended) {
      if (stream.startsWith('wl_')) this.seat(stream as WorkloadId);
    }
    return appended;
  }

  /** Whoever waits stands in its line, and nobody else does. */
  private seat(workloadId: WorkloadId): void {
    const known = this.fleet.workloads.get(workloadId);
    const waits = known !== undefined && holdingAttempt(known.state) === null;
    if (!waits) leave(this.room, workloadId);
    else enter(this.room, workloadId, known.state, this.submittedAt.get(workloadId) ?? 0);
  }

  private loseAttemptsOn(hostId: HostId, cause: 'host-rebooted' | 'host-fenced'): void {
    for (const workloadId of [...this.fleet.workloads.keys()]) {
      const attempt = this.attemptOf(workloadId);
      if (attempt?.hostId !== hostId) continue;
      const { computeSystemId } = attempt;
      this.ask(workloadId, { kind: 'report-lost', computeSystemId, cause, nowMs: this.nowMs });
      this.release(workloadId);
    }
  }

  private lastPositionOf(stream: StreamId): number {
    return this.log.events.findLast((recorded) => recorded.stream === stream)?.position ?? 0;
  }
}
