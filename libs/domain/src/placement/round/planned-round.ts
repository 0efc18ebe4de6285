import type { TimeMs } from '../../event.js';
import { event } from '../../event.js';
import type {
  ComputeSystemId,
  KernelInstanceId,
  StreamId,
  TenantId,
  WorkloadId,
} from '../../ids.js';
import type { IsolationReason, RefusalGrounds } from '../../isolation/decision.js';
import type { KernelClaimed } from '../../kernel/events.js';
import type { PlaceAttempt } from '../../workload/commands.js';
import type { DeferralCause, RefusalCode } from '../../workload/events.js';
import type { WorkloadState } from '../../workload/state.js';
import type { Versioned } from '../fleet/fleet-host.js';

export interface OfWaiting {
  readonly workloadId: WorkloadId;
  readonly tenantId: TenantId;
  /** The workload's state and version that the round looked at. */
  readonly workload: Versioned<WorkloadState>;
}
export interface PlannedPlacement extends OfWaiting {
  readonly command: PlaceAttempt;
  /** The kernel to claim for the boundary in the same append, at this version of its stream. */
  readonly claim: { readonly kernelInstanceId: KernelInstanceId; readonly version: number } | null;
  /** Streams that must not have moved since: host, tenant, image, policy, placer, and for a silo the advisories and a kernel that is shared. */
  readonly guards: readonly { readonly stream: StreamId; readonly version: number }[];
}
export interface PlannedDeferral extends OfWaiting {
  readonly cause: DeferralCause;
  readonly detail: string;
}
export interface PlannedRejection extends OfWaiting {
  readonly code: RefusalCode;
  readonly reasons: readonly IsolationReason[];
  readonly grounds: RefusalGrounds;
}
/** An attempt that has to go, because policy lets `by` displace it. */
export interface PlannedPreemption {
  readonly workloadId: WorkloadId;
  readonly tenantId: TenantId;
  readonly computeSystemId: ComputeSystemId;
  readonly by: WorkloadId;
  /** The position of the submission of `by`. */
  readonly causedByPosition: number;
}
export interface Round {
  readonly placements: PlannedPlacement[];
  readonly deferrals: PlannedDeferral[];
  readonly rejections: PlannedRejection[];
  readonly preemptions: readonly PlannedPreemption[];
  /** When to look again although no event has come; null for never. */
  readonly againAtMs: TimeMs | null;
}

/** What the append writes besides, so that the kernel is the boundary's as soon as the placement stands. */
export function claimStreams({ claim, command }: PlannedPlacement) {
  if (claim === null) return [];
  const { kernelInstanceId: stream, version: expectedVersion } = claim;
  const { trustBoundary } = command.decision;
  const claimed = event<KernelClaimed>('KernelClaimed', command.nowMs, { trustBoundary });
  return [{ owner: null, stream, expectedVersion, events: [claimed] }];
}
