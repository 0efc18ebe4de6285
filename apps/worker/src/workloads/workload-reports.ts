import {
  type Clock,
  type ComputeSystemId,
  type EventMetadata,
  type HostId,
  holdingAttempt,
  hostOf,
  keepsEvidence,
  type LossCause,
  type StageTiming,
  type WorkloadCommand,
} from '@bulkhead/domain';
import type { Guard, WholeLog } from '@bulkhead/event-store';
import type { ComputeSystemStatus, FinishedStage } from '@bulkhead/hypervisor';
import type { FleetFollower } from '../fleet/fleet-follower.js';
import { endOfVmKernel } from './utility-vm-kernel.js';
import { VmKernelStreams } from './vm-kernel-streams.js';
import type { Target, WorkloadCommands } from './workload-commands.js';

/** Whose report it is: an attempt of a workload, and why it is made. */
export interface ReportTarget extends Target {
  readonly computeSystemId: ComputeSystemId;
  readonly metadata: EventMetadata;
}

/** The host was put in quarantine meanwhile, so its end waits for the release of the host. */
class HeldInQuarantine extends Error {
  override readonly name = 'HeldInQuarantine';
}

/**
 * Turns what a host says of a compute system into events, those of a utility VM's kernel in the same
 * append. Everything may be said twice: what is known already changes nothing.
 */
export class WorkloadReports {
  private readonly kernels: VmKernelStreams;

  constructor(
    log: WholeLog,
    private readonly follower: FleetFollower,
    private readonly workloads: WorkloadCommands,
    private readonly clock: Clock,
    /** From 0 up to 1. */
    private readonly chance: () => number,
  ) {
    this.kernels = new VmKernelStreams(log, follower);
  }

  /** Reports a status that means something to the log; a state in between means nothing. */
  async status(target: ReportTarget, status: ComputeSystemStatus): Promise<void> {
    const { computeSystemId } = target;
    const timings = status.stages.map((stage) => timingOf(stage, status.clone));
    if (status.state === 'running') {
      await this.report(target, { kind: 'report-started', computeSystemId, timings }, timings);
    } else if (status.state === 'exited' && status.exit !== null) {
      const { exitCode, exitType, exitedAtMs: occurredAtMs } = status.exit;
      await this.report(
        target,
        {
          kind: 'report-exited',
          computeSystemId,
          timings,
          exitCode,
          exitType,
          occurredAtMs,
        },
        timings,
      );
    } else if (status.state === 'start-failed' && status.failure !== null) {
      const { code, hresult, detail, failedAtMs } = status.failure;
      await this.startFailed(target, code, `${detail} (${hresult})`, failedAtMs, timings);
    }
  }

  async startFailed(
    target: ReportTarget,
    code: string,
    detail: string,
    occurredAtMs: number,
    timings: readonly StageTiming[] = [],
  ): Promise<void> {
    const { computeSystemId } = target;
    const command = {
      kind: 'report-start-failed',
      computeSystemId,
      code,
      detail,
      occurredAtMs,
    } as const;
    await this.report(target, command, timings);
  }

  /** @param guards what the cause was judged by, as it was then: a later try is not judged anew */
  async lost(target: ReportTarget, cause: LossCause, guards: readonly Guard[] = []): Promise<void> {
    const { computeSystemId } = target;
    const command = () => ({
      kind: 'report-lost' as const,
      computeSystemId,
      cause,
      nowMs: this.clock(),
    });
    await this.workloads.carryOut({ ...target, command, alongside: () => ({ guards }) });
  }

  /**
   * Records that nothing is left of the attempt, with what follows for the workload. On a host in
   * quarantine nothing is recorded, so that the log says what holds there: its release does it anew.
   */
  async released(target: ReportTarget): Promise<void> {
    const { tenantId, workloadId, computeSystemId, metadata } = target;
    const known = this.workloads.known(workloadId)?.state ?? null;
    const kernel = await this.kernels.history(known, computeSystemId);
    const nowMs = this.clock();
    const chance = this.chance();
    let tries = 0;
    try {
      await this.workloads.carryOut({
        tenantId,
        workloadId,
        metadata,
        command: async (state) => {
          tries += 1;
          if (tries > 1) await this.follower.catchUp();
          const attempt = holdingAttempt(state);
          if (attempt !== null && this.keepsEvidence(attempt.hostId)) throw new HeldInQuarantine();
          return { kind: 'report-released', computeSystemId, chance, nowMs };
        },
        alongside: (_events, state) => {
          const attempt = holdingAttempt(state);
          if (attempt === null) return {};
          const { version } = hostOf(this.follower.fleet, attempt.hostId);
          const guards = [{ stream: attempt.hostId, version }];
          return { guards, streams: endOfVmKernel(attempt, kernel, nowMs) };
        },
      });
    } catch (error) {
      if (!(error instanceof HeldInQuarantine)) throw error;
    }
  }

  private keepsEvidence(hostId: HostId): boolean {
    return keepsEvidence(hostOf(this.follower.fleet, hostId).state);
  }

  private async report(
    target: ReportTarget,
    command: WorkloadCommand,
    timings: readonly StageTiming[],
  ): Promise<void> {
    const { tenantId, workloadId, metadata } = target;
    await this.workloads.carryOut({
      tenantId,
      workloadId,
      metadata,
      command: () => command,
      alongside: (_events, state) => ({ streams: this.kernels.start(state, timings) }),
    });
  }
}

function timingOf(
  { name, path, startedAtMs, finishedAtMs }: FinishedStage,
  clone: ComputeSystemStatus['clone'],
): StageTiming {
  const timing = { stage: name, path, startedAtMs, finishedAtMs };
  return name === 'utility-vm-boot' && clone !== undefined ? { clone, ...timing } : timing;
}
