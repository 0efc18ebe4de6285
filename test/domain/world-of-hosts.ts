import {
  type HostId,
  type HostSpec,
  hostDecider,
  hostOf,
  type KernelInstanceId,
  keepsEvidence,
  kernelDecider,
  type WorkloadId,
} from '@bulkhead/domain';
import { idOf } from './builders.js';
import { FoldingWorld } from './folding-world.js';
import { HostRecord } from './host-record.js';

/** The part of the world that are machines: they boot, go missing, come back, and let go of what ended. */
export class WorldOfHosts extends FoldingWorld {
  readonly hosts = new Map<HostId, HostRecord>();

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
    this.ask(workloadId, { kind: 'report-released', computeSystemId, chance: 0, nowMs });
    const ended = { kind: 'end-kernel', cause: 'released', nowMs } as const;
    if (isolation === 'hyperv') this.run(kernelDecider, kernelInstanceId, null, ended);
  }

  journals() {
    return [...this.hosts.values()].map(({ hostId, entries }) => ({ hostId, entries }));
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
}
