import type { DeferralCause, WorkloadEvent, WorkloadState } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { toldCauses, withToldCause } from './told-deferral.js';

const causes: readonly DeferralCause[] = [
  'no-host',
  'host-unavailable',
  'kernel-busy',
  'cpu',
  'memory',
  'isolation-unavailable',
];
const waiting = (deferrals: readonly DeferralCause[]) => ({ deferrals }) as WorkloadState;

describe('what a tenant is told of why its workload waits', () => {
  it('is the same for every cause on the fleet, so that it tells nothing of other tenants', () => {
    const told = causes.map((cause) => {
      const payload = { attempt: 2, cause, detail: 'belongs to another trust boundary' };
      const event = { type: 'PlacementDeferred', schemaVersion: 1, occurredAtMs: 0, payload };
      return withToldCause(event as WorkloadEvent);
    });
    const detail = 'No capacity for this isolation right now.';
    expect(told).toEqual(causes.map(() => ({ attempt: 2, cause: 'capacity', detail })));
  });

  it('does not say how many causes there are', () => {
    expect(toldCauses(waiting([]))).toEqual([]);
    for (const cause of causes) expect(toldCauses(waiting([cause]))).toEqual(['capacity']);
    expect(toldCauses(waiting(causes))).toEqual(['capacity']);
  });

  it('names what is only about the tenant itself', () => {
    expect(toldCauses(waiting(['cpu', 'tenant-suspended', 'memory', 'quota']))).toEqual([
      'capacity',
      'tenant-suspended',
      'quota',
    ]);
    const payload = { attempt: 1, cause: 'tenant-suspended', detail: 'the tenant is suspended' };
    const event = { type: 'PlacementDeferred', schemaVersion: 1, occurredAtMs: 0, payload };
    expect(withToldCause(event as WorkloadEvent)).toEqual(payload);
  });

  it('names an open advisory, which is public and says nothing of what others run', () => {
    expect(toldCauses(waiting(['open-advisory', 'kernel-busy']))).toEqual([
      'open-advisory',
      'capacity',
    ]);
    const detail = 'an open advisory breaks every kernel that could run it';
    const payload = { attempt: 1, cause: 'open-advisory', detail };
    const event = { type: 'PlacementDeferred', schemaVersion: 1, occurredAtMs: 0, payload };
    expect(withToldCause(event as WorkloadEvent)).toEqual(payload);
  });

  it('leaves all other events as they are', () => {
    const payload = { reason: 'enough' };
    const event = { type: 'WorkloadCancelRequested', schemaVersion: 1, occurredAtMs: 0, payload };
    expect(withToldCause(event as unknown as WorkloadEvent)).toBe(payload);
  });
});
