import type { RecordedEvent, WorkloadId } from '@bulkhead/domain';
import { type Invariant, ofPlacement } from './invariant.js';
import type { Tally } from './tally.js';

/** What Hyper-V supports on one server. */
const UTILITY_VMS_PER_SERVER = 1_024;

/**
 * What the checker does not say, because it is no promise to tenants or is only known inside of one
 * process. Each looks at one event and the sums so far, so that a history of any length costs the same at
 * each step.
 */
export const invariants: readonly Invariant[] = [
  {
    id: 'reserved-exactly',
    text: 'A host gives up what was asked for, with the reserve of a utility VM, and not more.',
    broken: ofPlacement(({ isolation, reserved }, { request }, { policy }) => {
      const reserve = isolation === 'hyperv' ? policy?.utilityVmReserve : undefined;
      const cpuMillis = request.resources.cpuMillis + (reserve?.cpuMillis ?? 0);
      const memoryMiB = request.resources.memoryMiB + (reserve?.memoryMiB ?? 0);
      const exact = reserved.cpuMillis === cpuMillis && reserved.memoryMiB === memoryMiB;
      return exact ? null : `reserves ${JSON.stringify(reserved)}, not ${cpuMillis}, ${memoryMiB}`;
    }),
  },
  {
    id: 'quota',
    text: 'A tenant never holds more than its quota when something is placed.',
    broken: ofPlacement(({ isolation, reserved }, { tenantId }, { tenants }) => {
      const tenant = tenants.get(tenantId);
      if (tenant === undefined) return 'its tenant is unknown';
      if (tenant.quota === null) return null;
      const { workloads, cpuMillis, memoryMiB, utilityVms } = tenant.quota;
      const beyond =
        tenant.workloads + 1 > workloads ||
        tenant.cpuMillis + reserved.cpuMillis > cpuMillis ||
        tenant.memoryMiB + reserved.memoryMiB > memoryMiB ||
        (isolation === 'hyperv' && tenant.utilityVms + 1 > utilityVms);
      return beyond ? `holds more than ${JSON.stringify(tenant.quota)}` : null;
    }),
  },
  {
    id: 'suspended',
    text: 'Nothing of a suspended tenant is placed or started.',
    broken: ({ stream, event: { type } }, { workloads, tenants }) => {
      if (type !== 'WorkloadPlaced' && type !== 'StartAuthorized') return null;
      const workload = workloads.get(stream as WorkloadId);
      const tenant = workload === undefined ? undefined : tenants.get(workload.tenantId);
      return tenant?.suspended ? `${type}, although its tenant is suspended` : null;
    },
  },
  {
    id: 'revoked',
    text: 'An image that was revoked is placed nowhere any more.',
    broken: ofPlacement((_placed, { image }, { revoked }) =>
      revoked.has(image.imageId) ? `${image.reference} was revoked` : null,
    ),
  },
  {
    id: 'utility-vm-runs',
    text: 'A utility VM goes to a host with Hyper-V, that can boot its image and may hold one more.',
    broken: ofPlacement(({ isolation, hostId }, { image }, { hosts, policy }) => {
      if (isolation === 'process') return null;
      const host = hosts.get(hostId);
      if (host?.spec.hypervPresent !== true) return `${hostId} has no Hyper-V`;
      const most = Math.min(policy?.utilityVmsPerHostMax ?? Infinity, UTILITY_VMS_PER_SERVER);
      if (host.utilityVms >= most) return `${hostId} holds ${host.utilityVms} of at most ${most}`;
      const newer = image.os === 'windows' && (image.osVersion?.build ?? 0) > host.osVersion.build;
      return newer ? `the image is newer than ${hostId}` : null;
    }),
  },
  {
    id: 'labels',
    text: 'A workload goes only to a host that has every label that it asks for.',
    broken: ofPlacement(({ hostId }, { request }, { hosts }) => {
      const labels = hosts.get(hostId)?.spec.labels ?? {};
      const asked = Object.entries(request.hostSelector);
      const missing = asked.find(([name, value]) => labels[name] !== value);
      return missing === undefined ? null : `${hostId} is not ${missing.join('=')}`;
    }),
  },
  {
    id: 'apart',
    text: 'A task that must be spread goes to no host that holds another task of its batch.',
    broken: ofPlacement(({ hostId }, { request, batchId }, { tasksOn }) => {
      if (request.spread !== 'required' || batchId === null) return null;
      const there = tasksOn.get(batchId)?.get(hostId) ?? 0;
      return there === 0 ? null : `${hostId} holds ${there} of ${batchId}`;
    }),
  },
  {
    id: 'no-newcomers',
    text: 'No silo is placed on a kernel once another attempt of its host was told to leave.',
    broken: ({ event }, { hosts }) => {
      if (event.type !== 'WorkloadPlaced' || event.payload.isolation !== 'process') return null;
      const { hostId } = event.payload;
      const { leaving = 0, leavingSinceMs = null } = hosts.get(hostId) ?? {};
      // A placement that was on its way into the log when the other was told is not taken back.
      const knew = leavingSinceMs !== null && leavingSinceMs <= event.occurredAtMs;
      return knew ? `${leaving} are leaving ${hostId}` : null;
    },
  },
  {
    id: 'in-turn',
    text: 'Attempts are counted 1, 2, 3, and none is placed before its time.',
    broken: ({ stream, event, recordedAtMs }, { workloads }) => {
      if (event.type !== 'WorkloadPlaced') return null;
      const workload = workloads.get(stream as WorkloadId);
      if (workload?.nextAttempt !== event.payload.attempt) return 'the attempt is out of turn';
      return recordedAtMs < workload.notBeforeMs ? 'the attempt comes too early' : null;
    },
  },
  {
    id: 'attempts-bounded',
    text: 'Nothing is tried again once its restart policy is used up.',
    broken: ({ stream, event }, { workloads }) => {
      if (event.type !== 'WorkloadRetryScheduled') return null;
      const { countedFailures, request } = workloads.get(stream as WorkloadId) ?? {};
      const most = request?.restartPolicy.maxAttempts ?? 0;
      return (countedFailures ?? 0) >= most ? `a further attempt after ${countedFailures}` : null;
    },
  },
  {
    id: 'deferred-once',
    text: 'Why an attempt waits is recorded once for each cause.',
    broken: ({ stream, event }, { workloads }) => {
      if (event.type !== 'PlacementDeferred') return null;
      const told = workloads.get(stream as WorkloadId)?.deferrals.includes(event.payload.cause);
      return told ? `${event.payload.cause} was recorded before` : null;
    },
  },
  {
    id: 'raised-with-reason',
    text: 'A utility VM is given with its reasons, and for want of a kernel only after the patience.',
    broken: (recorded, tally) => {
      const { event } = recorded;
      if (event.type !== 'IsolationDecided') return null;
      const { isolation, reasons, inputs } = event.payload.decision;
      if (isolation === 'process') return reasons.length === 0 ? null : 'a silo, with reasons';
      if (reasons.length === 0) return 'a utility VM without a reason';
      if (!reasons.some(({ rule }) => rule === 'kernel-unavailable')) return null;
      if (!inputs.kernelPatienceOver) return 'patience was not over';
      const workload = tally.workloads.get(recorded.stream as WorkloadId);
      const fromMs = Math.max(workload?.submittedAtMs ?? 0, workload?.notBeforeMs ?? 0);
      const waitedMs = recorded.recordedAtMs - fromMs;
      const patienceMs = tally.policy?.kernelPatienceMs ?? 0;
      return waitedMs < patienceMs ? `waited ${waitedMs} of ${patienceMs} ms` : null;
    },
  },
  {
    id: 'refused-with-reason',
    text: 'A refusal names the rules that demanded it.',
    broken: ({ event }) =>
      event.type === 'WorkloadRejected' && event.payload.reasons.length === 0
        ? 'refused without a reason'
        : null,
  },
  {
    id: 'group-needs-trust',
    text: 'Only trusted tenants run in a boundary with others.',
    broken: ofPlacement(({ trustBoundary }, { tenantId }, { tenants }) => {
      const { trust } = tenants.get(tenantId) ?? {};
      const fits = trust === 'trusted' || trustBoundary === `own:${tenantId}`;
      return fits ? null : `a ${trust} tenant runs in ${trustBoundary}`;
    }),
  },
  {
    id: 'gone-before-release',
    text: 'What runs is released only once its end was reported.',
    broken: ({ stream, event }, { workloads }) => {
      if (event.type !== 'ComputeSystemReleased') return null;
      const { held } = workloads.get(stream as WorkloadId) ?? {};
      return held?.started && !held.over ? `${held.computeSystemId} still runs` : null;
    },
  },
];

/** The first invariant that the event breaks, in words. */
export function brokenBy(recorded: RecordedEvent, tally: Tally): string | null {
  for (const { id, broken } of invariants) {
    const because = broken(recorded, tally);
    if (because === null) continue;
    return `${id}: ${recorded.event.type} at ${recorded.position} of ${recorded.stream}: ${because}`;
  }
  return null;
}
