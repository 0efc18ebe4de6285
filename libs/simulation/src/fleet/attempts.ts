import {
  type AttemptState,
  advisoriesAgainstStart,
  type ComputeSystemId,
  cloneFor,
  type DecidedClone,
  holdingAttempt,
  hostOf,
  type StageTiming,
  type TemplateId,
  tenantOf,
  type WorkloadId,
  type WorkloadState,
} from '@bulkhead/domain';
import {
  type ComputeSystemNotice,
  type ComputeSystemStatus,
  DriverError,
  type Fence,
} from '@bulkhead/hypervisor/simulated';
import { TOKEN } from './bring-up.js';
import type { FleetState } from './fleet-state.js';
import { endOfVmKernel, startOfVmKernel } from './vm-kernel.js';
import type { VmTemplates } from './vm-templates.js';

/** So that a fleet's waits depend on nothing but its settings. */
const WHOLE_WAITS = 0;

const notCloned: DecidedClone = { decision: null, guards: [] };

interface Known {
  readonly state: WorkloadState;
  readonly attempt: AttemptState;
}

/** The jobs of attempts, and what hosts say of them: the same steps in the same order as a worker takes. */
export class Attempts {
  constructor(
    private readonly state: FleetState,
    private readonly templates: VmTemplates,
  ) {
    state.log.follow(({ stream, event }) => {
      const workloadId = stream as WorkloadId;
      if (event.type === 'WorkloadPlaced') {
        const { computeSystemId } = event.payload;
        state.workloadOf.set(computeSystemId, workloadId);
        state.queue.add(() => this.#start(workloadId, computeSystemId));
      } else if (
        event.type === 'ComputeSystemExited' ||
        event.type === 'ComputeSystemStartFailed'
      ) {
        const { computeSystemId } = event.payload;
        state.queue.add(() => this.#release(workloadId, computeSystemId));
      }
    });
    for (const host of state.hosts.values()) {
      host.watch({ notice: (notice) => this.#heard(notice), closed: () => {} });
    }
  }

  #attemptOf(workloadId: WorkloadId, computeSystemId: ComputeSystemId): Known | null {
    const state = this.state.fleet.workloads.get(workloadId)?.state;
    const attempt = state === undefined ? null : holdingAttempt(state);
    if (state === undefined || attempt?.computeSystemId !== computeSystemId) return null;
    return { state, attempt };
  }

  /** Checked once more and on record, and only then the host is asked. */
  #start(workloadId: WorkloadId, computeSystemId: ComputeSystemId, mayClone = true): void {
    const known = this.#attemptOf(workloadId, computeSystemId);
    const { fleet, nowMs } = this.state;
    const tenantId = known?.state.tenantId ?? null;
    if (known === null || tenantId === null) return;
    const host = hostOf(fleet, known.attempt.hostId);
    const tenant = tenantOf(fleet, tenantId);
    const { trust, trustBoundary, suspension } = tenant.state;
    const clone = mayClone ? cloneFor(fleet, known.state, known.attempt, nowMs) : notCloned;
    const cause = this.state.ask(
      workloadId,
      {
        kind: 'authorize-start',
        computeSystemId,
        trust,
        trustBoundary,
        suspended: suspension !== null,
        kernelBrokenBy: advisoriesAgainstStart(fleet, host, nowMs).brokenBy,
        clone: clone.decision,
        nowMs,
      },
      'jobs',
      {
        guards: [
          { stream: tenantId, version: tenant.version },
          { stream: host.hostId, version: host.version },
          ...clone.guards,
        ],
      },
    );
    const clonedFrom = clone.decision?.templateId ?? null;
    if (cause === null) return;
    this.#startOnHost(workloadId, known, clonedFrom, { token: TOKEN, cause });
  }

  /** What a host refuses for good is the end of the attempt; where it only lacks the template, it boots. */
  #startOnHost(
    workloadId: WorkloadId,
    { state, attempt }: Known,
    clonedFrom: TemplateId | null,
    fence: Fence,
  ): void {
    const host = this.state.hosts.get(attempt.hostId);
    const { computeSystemId } = attempt;
    try {
      const spec = specificationOf(state, attempt);
      host?.create(clonedFrom === null ? spec : { ...spec, clonedFrom }, fence);
      host?.start(computeSystemId, fence);
    } catch (error) {
      if (!(error instanceof DriverError)) throw error;
      const { code, message: detail } = error;
      if (clonedFrom !== null && code === 'TEMPLATE_ABSENT') {
        this.templates.givenUp(clonedFrom, detail);
        this.#start(workloadId, computeSystemId, false);
        return;
      }
      const failed = { code, detail, occurredAtMs: this.state.nowMs };
      const command = { kind: 'report-start-failed', computeSystemId, ...failed } as const;
      this.state.ask(workloadId, command, 'jobs');
    }
  }

  #heard({ status }: ComputeSystemNotice): void {
    const workloadId = this.state.workloadOf.get(status.computeSystemId);
    if (workloadId === undefined) return;
    const known = this.#attemptOf(workloadId, status.computeSystemId);
    const command = commandOf(status);
    if (known === null || command === null) return;
    const host = hostOf(this.state.fleet, known.attempt.hostId).state;
    const { attempt, state } = known;
    const timings = timingsOf(status);
    const streams = startOfVmKernel(attempt, timings, state.image, host.boot);
    this.state.ask(workloadId, command, 'observe', { streams });
  }

  /** Frees everything on the host first, and then records it with what follows for the workload. */
  #release(workloadId: WorkloadId, computeSystemId: ComputeSystemId): void {
    const { fleet, hosts, nowMs } = this.state;
    const known = this.#attemptOf(workloadId, computeSystemId);
    if (known === null) return;
    const { hostId } = known.attempt;
    hosts.get(hostId)?.release(computeSystemId, { token: TOKEN, cause: this.state.log.position });
    this.state.workloadOf.delete(computeSystemId);
    const { version, state } = hostOf(fleet, hostId);
    const told = { kind: 'report-released', computeSystemId, chance: WHOLE_WAITS, nowMs } as const;
    const streams = endOfVmKernel(known.attempt, known.state.image, state.boot, nowMs);
    const guards = [{ stream: hostId, version }];
    this.state.ask(workloadId, told, 'jobs', { guards, streams });
  }
}

function specificationOf({ workloadId, image, request }: WorkloadState, attempt: AttemptState) {
  if (workloadId === null || image === null || request === null) {
    throw new Error('nothing can be started that was not submitted');
  }
  const { computeSystemId, isolation, kernelInstanceId, reserved } = attempt;
  return {
    computeSystemId,
    workloadId,
    isolation,
    kernelInstanceId,
    image,
    resources: request.resources,
    reserved,
    command: [],
    env: {},
    simulation: request.simulation,
  };
}

function timingsOf({ stages, clone }: ComputeSystemStatus): readonly StageTiming[] {
  return stages.map(({ name: stage, path, startedAtMs, finishedAtMs }) => {
    const timing = { stage, path, startedAtMs, finishedAtMs };
    return stage === 'utility-vm-boot' && clone !== undefined ? { ...timing, clone } : timing;
  });
}

/** What a status means to the log; null for a state in between. */
function commandOf(status: ComputeSystemStatus) {
  const { computeSystemId, state, exit, failure } = status;
  const timings = timingsOf(status);
  if (state === 'running') return { kind: 'report-started', computeSystemId, timings } as const;
  if (state === 'exited' && exit !== null) {
    const { exitCode, exitType, exitedAtMs: occurredAtMs } = exit;
    const ended = { exitCode, exitType, occurredAtMs };
    return { kind: 'report-exited', computeSystemId, timings, ...ended } as const;
  }
  if (state !== 'start-failed' || failure === null) return null;
  const { code, hresult, detail, failedAtMs: occurredAtMs } = failure;
  const failed = { code, detail: `${detail} (${hresult})`, occurredAtMs };
  return { kind: 'report-start-failed', computeSystemId, ...failed } as const;
}
