import type {
  ComputeSystemId,
  HostId,
  RecordedEvent,
  TenantId,
  TimeMs,
  WorkloadId,
} from '@bulkhead/domain';
import type { Job, WorkloadJobKind } from '../queue/job.js';

/** The events that start work. */
export const jobTypes: readonly RecordedEvent['event']['type'][] = [
  'HostRegistered',
  'HostReleasedFromQuarantine',
  'HostFenced',
  'HostRebootRequested',
  'TemplateRequested',
  'TemplateRetired',
  'WorkloadPlaced',
  'ComputeSystemStarted',
  'ComputeSystemStartFailed',
  'ComputeSystemExited',
  'ComputeSystemLost',
  'WorkloadCancelRequested',
  'WorkloadEvicted',
  'WorkloadDeadlineExceeded',
];

/** Those, and what has failed work taken up again. */
export const dispatchedTypes: typeof jobTypes = [...jobTypes, 'QueueRetryRequested'];

/**
 * A workload's run-time limit as far as it is known at hand: null for none, undefined where only the
 * stream tells.
 */
export type TimeoutSecondsOf = (workloadId: WorkloadId) => number | null | undefined;

/**
 * Which jobs an event asks for. A job's id follows from the event's, so dispatching it twice adds it
 * once. The event of a start does not say how long the workload may run: where that is not at hand, the
 * job comes at once, reads the stream and sets its own alarm. `logNowMs` is by the log's clock, like the
 * time at which the start was recorded, from which the limit counts.
 */
export function jobsForEvent(
  recorded: RecordedEvent,
  timeoutSecondsOf: TimeoutSecondsOf,
  logNowMs: TimeMs,
): readonly Job[] {
  const { event, position, metadata, stream, eventId, recordedAtMs } = recorded;
  const { correlationId } = metadata;
  switch (event.type) {
    case 'HostRegistered': {
      const data = { hostId: stream as HostId, position, correlationId };
      return [{ kind: 'provision-host', id: `provision-host-${eventId}`, data, delayMs: 0 }];
    }
    case 'HostReleasedFromQuarantine':
    case 'HostFenced': {
      const data = { hostId: stream as HostId, position, correlationId };
      return [{ kind: 'resume-host', id: `resume-host-${eventId}`, data, delayMs: 0 }];
    }
    case 'HostRebootRequested': {
      const data = { hostId: stream as HostId, position, correlationId };
      return [{ kind: 'reboot-host', id: `reboot-host-${eventId}`, data, delayMs: 0 }];
    }
    case 'TemplateRequested': {
      const { hostId } = event.payload.template;
      const data = { hostId, position, correlationId };
      return [{ kind: 'tend-templates', id: `tend-templates-${eventId}`, data, delayMs: 0 }];
    }
    case 'TemplateRetired': {
      const { hostId } = event.payload;
      const data = { hostId, position, correlationId };
      return [{ kind: 'tend-templates', id: `tend-templates-${eventId}`, data, delayMs: 0 }];
    }
    case 'WorkloadPlaced':
      return [ofWorkload('start-workload', recorded, event.payload.computeSystemId)];
    case 'ComputeSystemStarted': {
      const timeoutSeconds = timeoutSecondsOf(stream as WorkloadId);
      if (timeoutSeconds === null) return [];
      const dueMs = recordedAtMs + (timeoutSeconds ?? 0) * 1_000;
      const delayMs = timeoutSeconds === undefined ? 0 : Math.max(0, dueMs - logNowMs);
      const job = ofWorkload('enforce-timeout', recorded, event.payload.computeSystemId);
      return [{ ...job, delayMs }];
    }
    case 'ComputeSystemStartFailed':
    case 'ComputeSystemExited':
    case 'ComputeSystemLost':
      return [ofWorkload('release-workload', recorded, event.payload.computeSystemId)];
    case 'WorkloadCancelRequested':
      return [ofWorkload('stop-workload', recorded, null)];
    case 'WorkloadEvicted':
    case 'WorkloadDeadlineExceeded':
      return [ofWorkload('stop-workload', recorded, event.payload.computeSystemId)];
    default:
      return [];
  }
}

function ofWorkload(
  kind: WorkloadJobKind,
  { stream, tenant, position, metadata, eventId }: RecordedEvent,
  computeSystemId: ComputeSystemId | null,
): Job {
  const data = {
    tenantId: tenant as TenantId,
    workloadId: stream as WorkloadId,
    computeSystemId,
    position,
    correlationId: metadata.correlationId,
  };
  return { kind, id: `${kind}-${eventId}`, data, delayMs: 0 };
}
