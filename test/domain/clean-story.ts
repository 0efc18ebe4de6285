import {
  type BatchId,
  batchDecider,
  type HostId,
  type TenantId,
  type WorkloadId,
} from '@bulkhead/domain';
import { hostSpec, idOf, request, unknownImage } from './builders.js';
import { World } from './world.js';

export interface CleanStory {
  readonly world: World;
  readonly hosts: readonly [HostId, HostId];
  readonly tenants: Readonly<Record<'ann' | 'ben' | 'sam' | 'hal', TenantId>>;
  /** `ann` and `ben` shared a kernel; `moved` was evicted and ran again; `hostile` had a utility VM. */
  readonly workloads: Readonly<
    Record<'ann' | 'ben' | 'moved' | 'hostile' | 'strict' | 'refused' | 'task', WorkloadId>
  >;
}

/**
 * A day without fault: two trusted tenants share a kernel, a standard one has its own, a hostile one a
 * utility VM, a boundary changes and its silo is evicted and runs
 * again in a utility VM, because no kernel is free, a batch runs one task, and
 * everything ends.
 */
export function cleanStory(): CleanStory {
  const world = new World();
  const hosts = [world.registerHost(hostSpec(1)), world.registerHost(hostSpec(2))] as const;
  const tenants = {
    ann: world.registerTenant('trusted', 'red'),
    ben: world.registerTenant('trusted', 'red'),
    sam: world.registerTenant('standard'),
    hal: world.registerTenant('hostile'),
  };
  const batchId = idOf('bat', 1) as BatchId;
  world.run(batchDecider, batchId, tenants.ann, {
    kind: 'submit-batch',
    batchId,
    tenantId: tenants.ann,
    tasks: [request()],
    maxParallel: null,
    maxFailures: null,
    contentSha256: '0'.repeat(64),
    nowMs: world.nowMs,
  });
  const strictly = { isolation: 'process', strict: true } as const;
  const ann = world.submit(tenants.ann);
  // Claims a kernel for the boundary, on which the next ones find it.
  world.place();
  const workloads = {
    ann,
    ben: world.submit(tenants.ben),
    moved: world.submit(tenants.ann, { restartPolicy: { maxAttempts: 2, backoffSeconds: 0 } }),
    hostile: world.submit(tenants.hal),
    strict: world.submit(tenants.sam, strictly),
    refused: world.submit(tenants.hal, { isolation: 'process', strict: true }, unknownImage),
    task: world.submit(tenants.ben, {}, undefined, { batchId, index: 0 }),
  };
  const { refused: _refused, ...running } = workloads;
  runAll(world, Object.values(running));
  world.exit(workloads.ann);
  world.release(workloads.ann);
  world.nowMs += 1_000;
  world.changeBoundary(tenants.ann, null);
  world.release(workloads.moved);
  world.nowMs += 3_000;
  runAll(world, [workloads.moved]);
  for (const workloadId of Object.values(running)) {
    world.nowMs += 100;
    world.exit(workloadId);
    world.release(workloadId);
  }
  const finished = { index: 0, workloadId: workloads.task, outcome: 'succeeded' } as const;
  const report = { tasks: [finished], created: 1, nowMs: world.nowMs };
  world.run(batchDecider, batchId, tenants.ann, { kind: 'report-tasks-finished', ...report });
  return { world, hosts, tenants, workloads };
}

function runAll(world: World, workloadIds: readonly WorkloadId[]): void {
  world.place();
  world.place();
  for (const workloadId of workloadIds) {
    world.nowMs += 100;
    world.start(workloadId);
    world.nowMs += 100;
    world.started(workloadId);
  }
}
