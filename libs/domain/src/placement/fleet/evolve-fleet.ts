import { BrokenInvariant } from '../../decider.js';
import type { RecordedEvent } from '../../domain-event.js';
import type { HostEvent } from '../../host/events.js';
import { evolveHost } from '../../host/state.js';
import type {
  AdvisoryId,
  HostId,
  ImageId,
  KernelInstanceId,
  TemplateId,
  TenantId,
  WorkloadId,
} from '../../ids.js';
import { imageDecider } from '../../image/decide.js';
import type { ImageEvent } from '../../image/events.js';
import type { KernelEvent } from '../../kernel/events.js';
import type { TenantEvent } from '../../tenant/events.js';
import { evolveTenant } from '../../tenant/state.js';
import type { TemplateEvent } from '../../vm-template/events.js';
import type { WorkloadEvent } from '../../workload/events.js';
import { evolveWorkload } from '../../workload/evolve.js';
import {
  type AttemptState,
  absentWorkload,
  holdingAttempt,
  isTerminal,
  type WorkloadState,
} from '../../workload/state.js';
import { utilityVmsMaxOf } from '../host-index/standing.js';
import {
  allowUtilityVms,
  type Fleet,
  type Hold,
  holdOf,
  hostOf,
  imageOf,
  putHost,
  reserve,
  tenantOf,
} from './fleet.js';
import { type FleetKernel, IMAGES_KNOWN_PER_HOST_MAX } from './fleet-host.js';
import { withdrawProposal } from './proposals.js';

/**
 * Moves the fleet forward by one event, in place. Events come in the order of their positions; one that
 * was seen before changes nothing.
 */
export function evolveFleet(fleet: Fleet, recorded: RecordedEvent): void {
  if (recorded.position <= fleet.position) return;
  fleet.position = recorded.position;
  const { stream, event, version } = recorded;
  if (stream.startsWith('wl_')) {
    evolveWorkloads(fleet, stream as WorkloadId, version, event as WorkloadEvent);
  } else if (stream.startsWith('ten_')) {
    const tenantId = stream as TenantId;
    const state = evolveTenant(tenantOf(fleet, tenantId).state, event as TenantEvent);
    fleet.tenants.set(tenantId, { state, version });
  } else if (stream.startsWith('host_')) {
    evolveHosts(fleet, stream as HostId, version, event as HostEvent);
  } else if (stream.startsWith('ki_')) {
    evolveKernels(fleet, stream as KernelInstanceId, version, event as KernelEvent);
  } else if (stream.startsWith('img_')) {
    const imageId = stream as ImageId;
    const state = imageDecider.evolve(imageOf(fleet, imageId).state, event as ImageEvent);
    fleet.images.set(imageId, { state, version });
  } else if (stream.startsWith('tpl_')) {
    fleet.templates.evolve(stream as TemplateId, version, fleet.position, event as TemplateEvent);
  } else if (event.type === 'AdvisoryPublished') {
    fleet.advisories.set(stream as AdvisoryId, {
      published: event.payload,
      position: fleet.position,
    });
  } else if (event.type === 'AdvisoryWithdrawn') {
    fleet.advisories.delete(stream as AdvisoryId);
  } else if (event.type === 'AdvisoriesChanged') {
    fleet.advisoriesVersion = version;
  } else if (event.type === 'PolicyPublished') {
    fleet.policy = { state: event.payload, version };
    allowUtilityVms(fleet, utilityVmsMaxOf(event.payload.policy));
  } else if (event.type === 'PlacerTookOver') {
    fleet.placer = { state: event.payload, version };
  }
}

function evolveHosts(fleet: Fleet, hostId: HostId, version: number, event: HostEvent): void {
  const before = hostOf(fleet, hostId);
  const state = evolveHost(before.state, event);
  const booted = event.type === 'HostBooted' ? event.payload.kernelInstanceId : null;
  const kernel = booted === null ? before.kernel : freshKernel(booted);
  if (booted !== null) {
    fleet.kernelHosts.set(booted, hostId);
    fleet.templates.hostBooted(hostId);
  }
  putHost(fleet, { ...before, state, version, kernel });
}

function freshKernel(kernelInstanceId: KernelInstanceId): FleetKernel {
  return { kernelInstanceId, version: 0, trustBoundary: null, claimPending: false };
}

/** Only kernels of hosts matter here: a utility VM's is never shared, so nothing is placed by it. */
function evolveKernels(
  fleet: Fleet,
  kernelInstanceId: KernelInstanceId,
  version: number,
  event: KernelEvent,
): void {
  const hostId = fleet.kernelHosts.get(kernelInstanceId);
  if (hostId === undefined) return;
  const host = hostOf(fleet, hostId);
  if (event.type === 'KernelEnded') {
    fleet.kernelHosts.delete(kernelInstanceId);
    if (host.kernel?.kernelInstanceId !== kernelInstanceId) return;
    putHost(fleet, { ...host, kernel: null });
    return;
  }
  if (host.kernel?.kernelInstanceId !== kernelInstanceId) return;
  const kernel =
    event.type === 'KernelClaimed'
      ? { ...host.kernel, version, trustBoundary: event.payload.trustBoundary, claimPending: false }
      : { ...host.kernel, version };
  putHost(fleet, { ...host, kernel });
}

function evolveWorkloads(
  fleet: Fleet,
  workloadId: WorkloadId,
  version: number,
  event: WorkloadEvent,
): void {
  const known = fleet.workloads.get(workloadId);
  if (known === undefined && event.type !== 'WorkloadSubmitted') {
    throw new BrokenInvariant(
      `${event.type} of ${workloadId}, which was not submitted or has ended`,
    );
  }
  const before: WorkloadState = known?.state ?? absentWorkload;
  const state = evolveWorkload(before, event);
  if (event.type === 'WorkloadPlaced') {
    withdrawProposal(fleet, workloadId, 'recorded');
    const hold = holdOf(state);
    if (hold !== null) reserve(fleet, hold, 1);
  }
  if (event.type === 'ImagePulled') rememberImage(fleet, state);
  fleet.templates.moved(before, state);
  const held = holdingAttempt(before);
  const holds = holdingAttempt(state);
  if (held !== null && holds === null) reserve(fleet, holdOf(before) as Hold, -1);
  if (held?.eviction !== holds?.eviction) {
    countEviction(fleet, held, -1);
    countEviction(fleet, holds, 1);
  }
  if (isTerminal(state.status)) {
    withdrawProposal(fleet, workloadId, 'refused');
    fleet.workloads.delete(workloadId);
  } else {
    fleet.workloads.set(workloadId, { state, version });
  }
}

function countEviction(fleet: Fleet, attempt: AttemptState | null, sign: 1 | -1): void {
  if (attempt === null || attempt.eviction === null) return;
  const host = hostOf(fleet, attempt.hostId);
  putHost(fleet, { ...host, evicting: host.evicting + sign });
}

function rememberImage(fleet: Fleet, { current, image }: WorkloadState): void {
  if (current === null || image === null) return;
  const host = hostOf(fleet, current.hostId);
  if (host.images.has(image.imageId)) return;
  const images = [...host.images, image.imageId].slice(-IMAGES_KNOWN_PER_HOST_MAX);
  putHost(fleet, { ...host, images: new Set(images) });
}
