import type { RecordedEvent } from '@bulkhead/domain';
import { describe, expect, it } from 'vitest';
import { image, request, unknownImage, windows } from '../../../test/domain/builders.js';
import { cleanStory } from '../../../test/domain/clean-story.js';
import { renumbered } from '../../../test/domain/recorded-log.js';
import {
  altered,
  appended,
  find,
  insertedBefore,
  movedBefore,
  without,
} from '../../../test/domain/tampering.js';
import type { CheckId } from './check.js';
import { checkLog } from './check-log.js';

const story = cleanStory();
const { tenants, workloads } = story;
const clean = story.world.log.events;

/** The planted fault is found by the check that it is meant for. */
async function caught(events: readonly RecordedEvent[], check: CheckId, detail: RegExp) {
  const report = await checkLog({ events });
  const found = report.violations.filter((violation) => violation.check === check);
  expect(found.map((violation) => violation.detail).join('\n')).toMatch(detail);
}

const of = (workloadId: string) => (_: unknown, recorded: RecordedEvent) =>
  recorded.stream === workloadId;

describe('a history without fault', () => {
  it('passes every check, with the journals and with every workload ended', async () => {
    const report = await checkLog({
      events: clean,
      journals: story.world.journals(),
      options: { mustBeFinished: true },
    });
    expect(report.violations).toEqual([]);
    expect(report.events).toBe(clean.length);
    expect(report.notChecked.join(' ')).not.toMatch(/journals/);
  });
});

describe('promise 1: hostile tenants share no kernel', () => {
  it('finds a silo that was placed for a tenant who had just become hostile', async () => {
    const next = find(clean, 'WorkloadPlaced', of(workloads.strict));
    const planted = {
      stream: tenants.sam,
      tenant: tenants.sam,
      type: 'TenantTrustChanged',
    } as const;
    const payload = { from: 'standard', to: 'hostile', reason: 'test' };
    await caught(insertedBefore(clean, next, { ...planted, payload }), 'promise-1', /hostile/);
  });

  it('finds a silo that was started after its tenant had become hostile', async () => {
    const next = find(clean, 'StartAuthorized', of(workloads.strict));
    const planted = {
      stream: tenants.sam,
      tenant: tenants.sam,
      type: 'TenantTrustChanged',
    } as const;
    const payload = { from: 'standard', to: 'hostile', reason: 'test' };
    await caught(
      insertedBefore(clean, next, { ...planted, payload }),
      'promise-1',
      /StartAuthorized on a shared kernel/,
    );
  });

  it('finds a hostile tenant whose utility VM was recorded as a silo', async () => {
    const bad = altered(clean, 'WorkloadPlaced', { isolation: 'process' }, of(workloads.hostile));
    await caught(bad, 'promise-1', /WorkloadPlaced on a shared kernel/);
  });
});

describe('promise 2: a kernel is shared only inside one trust boundary', () => {
  it('finds two boundaries on one kernel', async () => {
    const kernel = find(clean, 'WorkloadPlaced', of(workloads.ann)).event.payload;
    if (!('kernelInstanceId' in kernel)) throw new Error('no kernel');
    const { kernelInstanceId } = kernel;
    const bad = altered(clean, 'WorkloadPlaced', { kernelInstanceId }, of(workloads.strict));
    await caught(bad, 'promise-2', /is shared by own:.* and group:red/);
    await caught(bad, 'kernels', /on a kernel of group:red|host_.* runs/);
  });

  it('finds a placement for a boundary that its tenant has left', async () => {
    const next = find(clean, 'WorkloadPlaced', of(workloads.ann));
    const planted = { stream: tenants.ann, tenant: tenants.ann } as const;
    const payload = { from: 'group:red', to: `own:${tenants.ann}`, reason: 'test' };
    const bad = insertedBefore(clean, next, { ...planted, type: 'TenantBoundaryChanged', payload });
    await caught(bad, 'promise-2', /WorkloadPlaced for group:red, while ten_.* is in own:/);
    await caught(bad, 'promise-2', /StartAuthorized for group:red/);
  });

  it('finds a silo that starts on a kernel nobody has claimed', async () => {
    await caught(without(clean, 'KernelClaimed'), 'promise-2', /claimed by nobody/);
  });

  it('finds two attempts in one utility VM', async () => {
    const { kernelInstanceId } = find(clean, 'WorkloadPlaced', of(workloads.hostile)).event
      .payload as { kernelInstanceId: `ki_${string}` };
    const bad = altered(
      clean,
      'WorkloadPlaced',
      { kernelInstanceId, isolation: 'hyperv' },
      of(workloads.task),
    );
    await caught(bad, 'promise-2', /of a utility VM is held by/);
  });
});

describe('promise 3: isolation is never weakened', () => {
  it('finds a placement weaker than the request', async () => {
    const asked = { request: request({ isolation: 'hyperv' }) };
    const bad = altered(clean, 'WorkloadSubmitted', asked, of(workloads.ann));
    await caught(bad, 'promise-3', /placed as process, but hyperv was requested/);
  });

  it('finds a placement weaker than an earlier decision', async () => {
    const decided = find(clean, 'IsolationDecided', of(workloads.ben)).event.payload as {
      decision: object;
    };
    const raised = { decision: { ...decided.decision, isolation: 'hyperv' } as never };
    const bad = altered(clean, 'IsolationDecided', raised, of(workloads.ben));
    await caught(bad, 'promise-3', /placed as process after it was raised/);
    await caught(bad, 'promise-3', /placed as process, decided as hyperv/);
  });

  it('finds a silo of an image from nobody, and one that the kernel cannot run', async () => {
    const unknown = altered(clean, 'WorkloadSubmitted', { image: unknownImage }, of(workloads.ann));
    await caught(unknown, 'promise-3', /its image is not in the catalogue/);
    const older = { image: image({ osVersion: windows(17763) }) };
    const mismatch = altered(clean, 'WorkloadSubmitted', older, of(workloads.ann));
    await caught(mismatch, 'promise-3', /cannot run its image in a silo/);
    const stranger = { image: image({ publisher: 'stranger' }) };
    const publisher = altered(clean, 'WorkloadSubmitted', stranger, of(workloads.ann));
    await caught(publisher, 'promise-3', /publisher stranger is not trusted/);
  });

  it('finds a strict request for process that was raised all the same', async () => {
    const bad = altered(clean, 'WorkloadPlaced', { isolation: 'hyperv' }, of(workloads.strict));
    await caught(bad, 'promise-3', /process was requested strictly/);
  });

  it('finds a start with another isolation than the placement', async () => {
    const bad = altered(clean, 'StartAuthorized', { isolation: 'process' }, of(workloads.hostile));
    await caught(bad, 'promise-3', /placed as hyperv, authorized as process/);
  });

  it('finds a utility VM on a host without Hyper-V', async () => {
    let bad: RecordedEvent[] = [...clean];
    for (const hostId of story.hosts) {
      bad = altered(bad, 'HostRegistered', { hypervPresent: false }, of(hostId));
    }
    await caught(bad, 'promise-3', /has no Hyper-V/);
  });
});

describe('promise 5 by the log: no effect without its event, nothing twice at once', () => {
  it('finds a start that nobody authorized', async () => {
    const bad = without(clean, 'StartAuthorized', of(workloads.ben));
    await caught(bad, 'promise-5', /ComputeSystemStarted of cs_.* was not authorized/);
  });

  it('finds a second attempt while the first one holds its place', async () => {
    const bad = without(clean, 'ComputeSystemReleased', of(workloads.moved));
    await caught(bad, 'promise-5', /placed again while cs_.* was not released/);
  });

  it('finds a compute system id that was used twice', async () => {
    const { computeSystemId } = find(clean, 'WorkloadPlaced', of(workloads.ann)).event.payload as {
      computeSystemId: `cs_${string}`;
    };
    const bad = altered(clean, 'WorkloadPlaced', { computeSystemId }, of(workloads.ben));
    await caught(bad, 'promise-5', /was used before/);
  });

  it('finds a start that was authorized after the eviction', async () => {
    const start = find(clean, 'StartAuthorized', of(workloads.moved));
    const evicted = find(clean, 'WorkloadEvicted', of(workloads.moved));
    await caught(movedBefore(clean, evicted, start), 'promise-5', /is being stopped/);
  });

  it('finds a report of a compute system that holds no place', async () => {
    const exit = find(clean, 'ComputeSystemExited', of(workloads.ann));
    const { stream, tenant, event } = exit;
    const bad = appended(clean, { stream, tenant, type: event.type, payload: event.payload });
    await caught(bad, 'promise-5', /which holds no place/);
    expect(renumbered(bad).length).toBe(clean.length + 1);
  });
});
