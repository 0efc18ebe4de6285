import type { DomainEvent, EventMetadata, TenantId } from '@bulkhead/domain';
import { event, ownBoundary, type WorkloadPlaced } from '@bulkhead/domain';

/** What every contestant stores: a tenant's workload, placed, as the placer would write it. */
export const TENANT: TenantId = 'ten_0198c0de00007000800000000000000a';
export const ROUTE = 'POST /v1/workloads';

const HOST = 'host_0198c0de00007000800000000000000b';
const KERNEL = 'ki_0198c0de00007000800000000000000c';
const NOW_MS = 1_800_000_000_000;

/** Made anew for each append, as a request would. */
export function sampleEvents(stream: string, count: number): readonly DomainEvent[] {
  return Array.from({ length: count }, (_, nr) =>
    event<WorkloadPlaced>('WorkloadPlaced', NOW_MS + nr, {
      attempt: nr + 1,
      hostId: HOST,
      kernelInstanceId: KERNEL,
      computeSystemId: `cs_${stream.slice(3)}`,
      isolation: 'process',
      trustBoundary: ownBoundary(TENANT),
      reserved: { cpuMillis: 1_000, memoryMiB: 1_024 },
      placerTerm: 1,
    }),
  );
}

export function sampleMetadata(stream: string): EventMetadata {
  return {
    actor: { kind: 'tenant', id: TENANT },
    correlationId: `req_${stream.slice(3)}`,
    causationPosition: null,
  } as EventMetadata;
}

/** What the api answers to a submission, and stores so that a repetition gets it again. */
export function sampleAnswer(stream: string): unknown {
  return {
    id: stream,
    status: 'waiting',
    image: 'mcr.microsoft.com/windows/nanoserver:ltsc2022',
    requested: { isolation: 'default', strict: false },
    resources: { cpuMillis: 1_000, memoryMiB: 1_024 },
    restartPolicy: { maxAttempts: 1, backoffSeconds: 0 },
    timeoutSeconds: 60,
    priority: 50,
    batch: null,
    decision: { isolation: 'hyperv', trustBoundary: ownBoundary(TENANT), policyVersion: 1 },
    refusal: null,
    waitingFor: [],
    cancelRequested: false,
    placement: null,
    attempts: [],
    submittedAt: '2027-01-15T08:00:00.000Z',
    endedAt: null,
    exitCode: null,
  };
}
