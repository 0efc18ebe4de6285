import {
  type AttemptState,
  type ComputeSystemId,
  type HostId,
  holdingAttempt,
  type KernelEvent,
  type OsVersion,
  type StageTiming,
  type WorkloadState,
} from '@bulkhead/domain';
import type { StreamAppend, WholeLog } from '@bulkhead/event-store';
import type { FleetFollower } from '../fleet/fleet-follower.js';
import { startOfVmKernel } from './utility-vm-kernel.js';

/** Only where a host is not registered could its version be missing, and then nothing runs on it. */
const unknownVersion: OsVersion = { major: 0, minor: 0, build: 0, revision: 0 };

/** The streams of utility VMs' own kernels, which begin and end with the attempts that they belong to. */
export class VmKernelStreams {
  constructor(
    private readonly log: Pick<WholeLog, 'readStream'>,
    private readonly follower: FleetFollower,
  ) {}

  /** Only the first report of a start brings the kernel: later ones find the attempt further on. */
  start(state: WorkloadState, timings: readonly StageTiming[]): readonly StreamAppend[] {
    const attempt = holdingAttempt(state);
    if (attempt?.stage !== 'authorized') return [];
    const events = startOfVmKernel(attempt, timings, state.image, this.hostVersion(attempt.hostId));
    if (events.length === 0) return [];
    return [{ owner: null, stream: attempt.kernelInstanceId, expectedVersion: 0, events }];
  }

  /** Where the start was recorded, so were its kernel's first events, which need not be read again. */
  async history(
    state: WorkloadState | null,
    computeSystemId: ComputeSystemId,
  ): Promise<readonly KernelEvent[]> {
    const attempt = state === null ? null : holdingAttempt(state);
    if (attempt === null || attempt.computeSystemId !== computeSystemId) return [];
    if (attempt.isolation === 'process') return [];
    const recorded = this.recordedStart(attempt, state);
    if (recorded.length > 0 || attempt.startFailure === null) return recorded;
    const history = await this.log.readStream(null, attempt.kernelInstanceId);
    return history.map(({ event }) => event as KernelEvent);
  }

  private recordedStart(attempt: AttemptState, state: WorkloadState | null) {
    const hostVersion = this.hostVersion(attempt.hostId);
    return startOfVmKernel(attempt, attempt.timings, state?.image ?? null, hostVersion);
  }

  private hostVersion(hostId: HostId): OsVersion {
    const host = this.follower.fleet.hosts.get(hostId)?.state;
    return host?.boot?.osVersion ?? host?.spec?.osVersion ?? unknownVersion;
  }
}
