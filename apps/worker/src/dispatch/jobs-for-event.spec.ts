import type { DomainEvent, RecordedEvent } from '@bulkhead/domain';
import { KNOWN_EVENTS } from '@bulkhead/event-store';
import { describe, expect, it } from 'vitest';
import { jobsForEvent, jobTypes } from './jobs-for-event.js';

const NOW_MS = 1_750_000_000_000;
/** What an event of an attempt holds, and one of a template. */
const ofAttempt = { attempt: 1, computeSystemId: 'cs_1', template: { hostId: 'host_1' } };

function recorded(type: string, payload: object = ofAttempt, stream = 'wl_1'): RecordedEvent {
  return {
    position: 42,
    eventId: '01890f3e-7b8c-7cc0-98f0-000000000000',
    stream: stream as RecordedEvent['stream'],
    version: 3,
    tenant: 'ten_1',
    recordedAtMs: NOW_MS,
    metadata: {
      actor: { kind: 'system', id: 'placer' },
      correlationId: 'asked',
      causationPosition: null,
    },
    event: { type, schemaVersion: 1, occurredAtMs: NOW_MS, payload } as DomainEvent,
  };
}
const kinds = (event: RecordedEvent, timeoutSeconds: number | null = null) =>
  jobsForEvent(event, () => timeoutSeconds, NOW_MS).map(({ kind }) => kind);

describe('which jobs an event asks for', () => {
  it.each([
    ['HostRegistered', 'provision-host'],
    ['HostReleasedFromQuarantine', 'resume-host'],
    ['HostFenced', 'resume-host'],
    ['HostRebootRequested', 'reboot-host'],
    ['TemplateRequested', 'tend-templates'],
    ['TemplateRetired', 'tend-templates'],
    ['WorkloadPlaced', 'start-workload'],
    ['ComputeSystemStartFailed', 'release-workload'],
    ['ComputeSystemExited', 'release-workload'],
    ['ComputeSystemLost', 'release-workload'],
    ['WorkloadCancelRequested', 'stop-workload'],
    ['WorkloadEvicted', 'stop-workload'],
    ['WorkloadDeadlineExceeded', 'stop-workload'],
  ])('%s asks for %s', (type, kind) => {
    expect(kinds(recorded(type))).toEqual([kind]);
  });

  it('names a job after its event, so that dispatching twice adds it once', () => {
    const [job] = jobsForEvent(recorded('WorkloadPlaced'), () => null, NOW_MS);
    expect(job).toEqual({
      kind: 'start-workload',
      id: 'start-workload-01890f3e-7b8c-7cc0-98f0-000000000000',
      delayMs: 0,
      data: {
        tenantId: 'ten_1',
        workloadId: 'wl_1',
        computeSystemId: 'cs_1',
        position: 42,
        correlationId: 'asked',
      },
    });
    expect(job?.id).not.toContain(':');
  });

  it.each(jobTypes)('names the job of %s after its event too', (type) => {
    const event = recorded(type);
    const [job] = jobsForEvent(event, () => undefined, NOW_MS);
    expect(job?.id).toBe(`${job?.kind}-${event.eventId}`);
  });

  it('sets the alarm of a run-time limit to its end, and none without a limit', () => {
    const started = recorded('ComputeSystemStarted');
    expect(jobsForEvent(started, () => 60, NOW_MS)[0]).toMatchObject({
      kind: 'enforce-timeout',
      delayMs: 60_000,
    });
    expect(jobsForEvent(started, () => 60, NOW_MS + 90_000)[0]).toMatchObject({ delayMs: 0 });
    expect(kinds(started, null)).toEqual([]);
  });

  it('counts a run-time limit from when the log learned of the start, whatever time the host reports', () => {
    for (const skewMs of [-600_000, 600_000]) {
      const told = recorded('ComputeSystemStarted');
      const event = { ...told.event, occurredAtMs: NOW_MS + skewMs } as DomainEvent;
      const [job] = jobsForEvent({ ...told, event }, () => 60, NOW_MS);
      expect(job).toMatchObject({ delayMs: 60_000 });
    }
  });

  it('lets the job look for a limit that is not at hand', () => {
    const [job] = jobsForEvent(recorded('ComputeSystemStarted'), () => undefined, NOW_MS + 5);
    expect(job).toMatchObject({ kind: 'enforce-timeout', delayMs: 0 });
  });

  it('reads exactly the events that ask for something', () => {
    const asking = Object.keys(KNOWN_EVENTS).filter(
      (type) => jobsForEvent(recorded(type), () => undefined, NOW_MS).length > 0,
    );
    expect(asking.sort()).toEqual([...jobTypes].sort());
  });
});
