import type { RecordedEvent } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { cleanStory } from '../../../test/domain/clean-story.js';
import {
  altered,
  appended,
  find,
  insertedBefore,
  movedBefore,
  without,
} from '../../../test/domain/tampering.js';
import { type CheckId, VIOLATIONS_KEPT } from './check.js';
import { checkLog, EVICTION_BOUND_MS, type LogToCheck } from './check-log.js';

const { world, hosts, tenants, workloads } = cleanStory();
const clean = world.log.events;

async function caught(
  events: readonly RecordedEvent[],
  check: CheckId,
  detail: RegExp,
  options: LogToCheck['options'] = {},
) {
  const report = await checkLog({ events, options });
  const found = report.violations.filter((violation) => violation.check === check);
  expect(found.map((violation) => violation.detail).join('\n')).toMatch(detail);
}

const of = (stream: string) => (_: unknown, recorded: RecordedEvent) => recorded.stream === stream;
const changed = (at: number, change: Partial<RecordedEvent>) =>
  clean.map((recorded, index) => (index === at ? { ...recorded, ...change } : recorded));

describe('the order of the log', () => {
  it('finds a missing position, and two events that changed places', async () => {
    await caught([...clean.slice(0, 9), ...clean.slice(10)], 'log-order', /position 11 follows/);
    const [a, b] = clean.slice(5, 7) as [RecordedEvent, RecordedEvent];
    await caught(
      [...clean.slice(0, 5), b, a, ...clean.slice(7)],
      'log-order',
      /position 7 follows/,
    );
  });

  it('finds a recordedAt that goes backwards', async () => {
    const recordedAtMs = (clean[9] as RecordedEvent).recordedAtMs - 5;
    await caught(changed(9, { recordedAtMs }), 'log-order', /recordedAt goes back by 5 ms/);
  });

  it('finds a gap in the versions of a stream, a repeated event id and a stolen stream', async () => {
    await caught(changed(9, { version: 99 }), 'log-order', /version 99 follows/);
    await caught(changed(9, { eventId: 'event-1' }), 'log-order', /event id event-1 was used/);
    const at = clean.indexOf(find(clean, 'WorkloadPlaced', of(workloads.ann)));
    await caught(changed(at, { tenant: tenants.hal }), 'log-order', /tenant changes from/);
  });
});

describe('the folds of the streams', () => {
  it('finds an event that cannot follow, and names where', async () => {
    const bad = without(clean, 'ComputeSystemReleased', of(workloads.ann));
    await caught(bad, 'legal-folds', /ended before its compute system was gone/);
  });

  it('reports a type that it does not know, and goes on', async () => {
    const stream = workloads.ann;
    const type = 'WorkloadTeleported' as 'WorkloadPlaced';
    const last = clean.at(-1) as RecordedEvent;
    const bad = insertedBefore(clean, last, { stream, tenant: tenants.ann, type, payload: {} });
    await caught(bad, 'legal-folds', /WorkloadTeleported is not an event that this version knows/);
  });

  it('reports an event in a stream of another kind', async () => {
    const at = clean.indexOf(find(clean, 'HostRegistered'));
    await caught(changed(at, { stream: tenants.ann }), 'legal-folds', /does not belong/);
  });

  it('reports an event without its payload instead of giving up', async () => {
    const at = clean.indexOf(find(clean, 'WorkloadPlaced'));
    const event = { type: 'WorkloadPlaced', schemaVersion: 1, occurredAtMs: 0 } as never;
    const report = await checkLog({ events: changed(at, { event }) });
    expect(
      report.violations.some(({ detail }) => /cannot be read|does not fold/.test(detail)),
    ).toBe(true);
    expect(report.events).toBe(clean.length);
  });

  it('counts every violation and shows the first hundred', async () => {
    const backwards = clean.map((recorded) => ({ ...recorded, version: 7, eventId: 'same' }));
    const report = await checkLog({ events: backwards });
    expect(report.violations).toHaveLength(VIOLATIONS_KEPT);
    expect(report.violationsTotal).toBeGreaterThan(VIOLATIONS_KEPT);
  });
});

describe('hosts', () => {
  it('finds a host that holds more than it has', async () => {
    const bad = altered(clean, 'HostRegistered', { memoryMiB: 1_500 }, of(hosts[0]));
    await caught(bad, 'capacity', /has 8000 cpuMillis and 1500 MiB, and holds/);
  });

  it('finds a utility VM without its reserve', async () => {
    const reserved = { cpuMillis: 1_000, memoryMiB: 1_024 };
    const bad = altered(clean, 'WorkloadPlaced', { reserved }, of(workloads.hostile));
    await caught(bad, 'capacity', /reserves 1000 cpuMillis and 1024 MiB, but needs 1100 and 2036/);
  });

  it('finds a placement on a host that is cordoned, lost, fenced, not booted or unknown', async () => {
    const next = find(clean, 'WorkloadPlaced', of(workloads.ann));
    const { hostId } = next.event.payload as { hostId: (typeof hosts)[0] };
    const plant = (type: 'HostCordoned' | 'HostLost' | 'HostFenced' | 'HostRetired') =>
      insertedBefore(clean, next, { stream: hostId, tenant: null, type, payload: {} });
    await caught(plant('HostCordoned'), 'open-hosts', /which is cordoned/);
    await caught(plant('HostLost'), 'open-hosts', /which is lost/);
    await caught(plant('HostFenced'), 'open-hosts', /which is fenced/);
    const drain = { stream: hostId, tenant: null, type: 'HostDrainStarted' } as const;
    const payload = { reason: 'test', evictAtMs: null };
    const draining = insertedBefore(clean, next, { ...drain, payload });
    await caught(draining, 'open-hosts', /which is draining/);
    await caught(plant('HostRetired'), 'open-hosts', /which is retired/);
    await caught(without(clean, 'HostBooted', of(hostId)), 'open-hosts', /which is registered/);
    await caught(without(clean, 'HostRegistered', of(hostId)), 'open-hosts', /which is unknown/);
  });

  it('finds a placement, a start and a release on a host in quarantine', async () => {
    const placed = find(clean, 'WorkloadPlaced', of(workloads.ann));
    const { hostId } = placed.event.payload as { hostId: (typeof hosts)[0] };
    const planted = { stream: hostId, tenant: null, type: 'HostQuarantined' } as const;
    const held = { ...planted, payload: { reason: 'test', stop: false } };
    await caught(insertedBefore(clean, placed, held), 'open-hosts', /which is in quarantine/);
    const start = find(clean, 'StartAuthorized', of(workloads.ann));
    await caught(insertedBefore(clean, start, held), 'open-hosts', /a start on host_/);
    const released = find(clean, 'ComputeSystemReleased', of(workloads.ann));
    await caught(insertedBefore(clean, released, held), 'open-hosts', /evidence on host_\w+ was/);
  });

  it('finds a start on a host that is not up, or has booted since it placed there', async () => {
    const start = find(clean, 'StartAuthorized', of(workloads.ann));
    const { payload } = find(clean, 'WorkloadPlaced', of(workloads.ann)).event;
    const { hostId } = payload as { hostId: (typeof hosts)[0] };
    const planted = { stream: hostId, tenant: null } as const;
    const lost = insertedBefore(clean, start, { ...planted, type: 'HostLost', payload: {} });
    await caught(lost, 'open-hosts', /a start on host_\w+, which is lost/);
    const booted = find(clean, 'HostBooted', of(hostId)).event;
    const again = { ...planted, type: 'HostBooted', payload: booted.payload } as const;
    const anew = insertedBefore(clean, start, again);
    await caught(anew, 'open-hosts', /a start on host_\w+, which has booted since the placement/);
  });

  it('finds a host that is called empty, or leaves the fleet, while it holds a place', async () => {
    const after = find(clean, 'StartAuthorized', of(workloads.ann));
    const placed = find(clean, 'WorkloadPlaced', of(workloads.ann));
    const { hostId } = placed.event.payload as { hostId: (typeof hosts)[0] };
    for (const type of ['HostDrained', 'HostRetired'] as const) {
      const bad = insertedBefore(clean, after, { stream: hostId, tenant: null, type, payload: {} });
      await caught(bad, 'open-hosts', /but \d+ attempts hold places there/);
    }
  });

  it('finds a placement of a placer that was no longer in office', async () => {
    const next = find(clean, 'WorkloadPlaced', of(workloads.ann));
    const takeover = { stream: 'placer', tenant: null, type: 'PlacerTookOver' } as const;
    const bad = insertedBefore(clean, next, { ...takeover, payload: { owner: 'b', term: 2 } });
    await caught(bad, 'placer-terms', /placed in term 1, but term 2 is in office/);
    const skipped = insertedBefore(clean, next, { ...takeover, payload: { owner: 'b', term: 5 } });
    await caught(skipped, 'placer-terms', /term 5 follows term 1/);
  });
});

describe('kernels', () => {
  it('finds a second boundary in the life of a kernel', async () => {
    const claim = find(clean, 'KernelClaimed');
    const payload = { trustBoundary: 'group:blue' };
    const bad = appended(clean, { ...claim, type: 'KernelClaimed', payload });
    await caught(bad, 'kernels', /claimed by group:blue, but it belongs to group:red/);
  });

  it('finds a silo on a kernel that its host does not run, and life after the end', async () => {
    const kernelInstanceId = `ki_${'f'.repeat(32)}` as const;
    const bad = altered(clean, 'WorkloadPlaced', { kernelInstanceId }, of(workloads.ann));
    await caught(bad, 'kernels', /was placed on ki_f+, host_\w+ runs ki_/);
    const claim = find(clean, 'KernelClaimed');
    const next = find(clean, 'WorkloadPlaced', of(workloads.ben));
    const { stream, tenant } = claim;
    const planted = { stream, tenant, type: 'KernelEnded', payload: { cause: 'lost' } } as const;
    await caught(insertedBefore(clean, next, planted), 'kernels', /which has ended/);
  });

  it('finds a utility VM whose kernel outlives it', async () => {
    const bad = without(clean, 'KernelEnded');
    await caught(bad, 'kernels', /was released, its kernel goes on/);
  });
});

describe('ends', () => {
  it('finds a second end, and anything after the first', async () => {
    const { stream, tenant } = find(clean, 'WorkloadSucceeded', of(workloads.ann));
    const payload = { attempt: 1 };
    const bad = appended(clean, { stream, tenant, type: 'WorkloadSucceeded', payload });
    await caught(bad, 'one-end', /WorkloadSucceeded follows the workload's end/);
  });

  it('finds an end while something may still run', async () => {
    const released = find(clean, 'ComputeSystemReleased', of(workloads.ann));
    const ended = find(clean, 'WorkloadSucceeded', of(workloads.ann));
    await caught(movedBefore(clean, ended, released), 'one-end', /while cs_\w+ is not released/);
  });

  it('finds a submission without a decision', async () => {
    const bad = without(clean, 'IsolationDecided', of(workloads.ann));
    await caught(bad, 'one-end', /follows the submission, which has no decision/);
  });

  it('finds a workload that never ended, where all should have', async () => {
    const bad = without(clean, 'WorkloadSucceeded', of(workloads.ann));
    await caught(bad, 'one-end', /has not ended/, { mustBeFinished: true });
    const report = await checkLog({ events: bad });
    expect(report.notChecked.join(' ')).toMatch(/Workloads that have not ended: 1;/);
  });

  it('finds a batch that tells another outcome than the log', async () => {
    const tasks = [{ index: 0, workloadId: workloads.task, outcome: 'failed' as const }];
    const bad = altered(clean, 'BatchTasksFinished', { tasks });
    await caught(bad, 'batch-outcomes', /is told as failed, but is succeeded/);
  });
});

describe('windows after a change of trust or boundary', () => {
  it('reports the recorded window with everyone who was exposed in it', async () => {
    const { windows, windowsTotal } = await checkLog({ events: clean });
    expect(windowsTotal).toBe(1);
    expect(windows[0]).toMatchObject({
      tenantId: tenants.ann,
      workloadId: workloads.moved,
      cause: 'boundary-changed',
      exposedTo: [
        { workloadId: workloads.ben, tenantId: tenants.ben },
        { workloadId: workloads.task, tenantId: tenants.ben },
      ],
    });
    expect(windows[0]?.closedAtMs).not.toBeNull();
  });

  it('finds a silo that was not evicted within the bound', async () => {
    const evicted = find(clean, 'WorkloadEvicted').position;
    const late = clean.map((recorded) =>
      recorded.position < evicted
        ? recorded
        : { ...recorded, recordedAtMs: recorded.recordedAtMs + EVICTION_BOUND_MS + 1 },
    );
    await caught(late, 'eviction', /was not evicted within 10000 ms/);
  });

  it('finds an eviction by a drain that nobody asked for, or before its time', async () => {
    const evicted = find(clean, 'WorkloadEvicted');
    const cause = { cause: 'drain' as const };
    const undrained = altered(clean, 'WorkloadEvicted', cause);
    await caught(undrained, 'eviction', /a drain that its host was not asked for/);
    const unheld = altered(clean, 'WorkloadEvicted', { cause: 'quarantine' });
    await caught(unheld, 'eviction', /a quarantine that its host was not put in/);
    const { hostId } = find(clean, 'WorkloadPlaced', of(workloads.moved)).event.payload as {
      hostId: (typeof hosts)[0];
    };
    const evictAtMs = evicted.event.occurredAtMs + 5;
    const drain = { stream: hostId, tenant: null, type: 'HostDrainStarted' } as const;
    const payload = { reason: 'test', evictAtMs };
    const { position } = evicted;
    const drained = altered(clean, 'WorkloadEvicted', { ...cause, causedByPosition: position });
    const next = find(drained, 'WorkloadEvicted');
    const early = insertedBefore(drained, next, { ...drain, payload });
    await caught(early, 'eviction', /evicted 5 ms before its drain says/);
  });

  it('finds an eviction that no change of the tenant explains', async () => {
    const bad = altered(clean, 'WorkloadEvicted', { causedByPosition: 1 });
    await caught(bad, 'eviction', /position 1, which changed nothing for ten_/);
  });
});
