import type { RecordedEvent, StageTiming, TenantId, WorkloadId } from '@bulkhead/domain';
import { hostSpec, unknownImage } from '../../test/domain/builders.js';
import { World } from '../../test/domain/world.js';

/** One workload from submission to its end, with the kernel of its utility VM if it had one. */
export interface Life {
  readonly tenantId: TenantId;
  readonly workloadId: WorkloadId;
  readonly events: readonly RecordedEvent[];
}

/** What stands at the beginning of a log, and lives that may follow it any number of times with other ids. */
export interface Lives {
  readonly prelude: readonly RecordedEvent[];
  readonly lives: readonly Life[];
}

const HOSTS = 16;
const TENANTS_OF_EACH_TRUST = 4;
const RETRIES = { maxAttempts: 3, backoffSeconds: 0 } as const;

type Play = (world: World, tenantId: TenantId) => WorkloadId;

/** Most end well, as in a real installation; the others fail, come again, are cancelled or turned down. */
const PLAYS: readonly Play[] = [
  ...Array.from({ length: 8 }, (): Play => (world, tenantId) => succeed(world, tenantId)),
  (world, tenantId) => {
    const workloadId = run(world, world.submit(tenantId));
    end(world, workloadId, 1);
    return workloadId;
  },
  (world, tenantId) => {
    const workloadId = run(world, world.submit(tenantId, { restartPolicy: RETRIES }));
    end(world, workloadId, 137);
    end(world, run(world, workloadId), 0);
    return workloadId;
  },
  (world, tenantId) => {
    const workloadId = run(world, world.submit(tenantId, { isolation: 'hyperv' }));
    world.cancel(workloadId);
    world.release(workloadId);
    return workloadId;
  },
  (world, tenantId) => {
    const workloadId = world.submit(tenantId);
    world.cancel(workloadId);
    return workloadId;
  },
  (world, tenantId) => world.submit(tenantId, { isolation: 'process', strict: true }, unknownImage),
];

/** Plays every kind of life for tenants of every trust with the domain's own deciders. */
export function recordLives(): Lives {
  const world = new World();
  for (let number = 1; number <= HOSTS; number += 1) world.registerHost(hostSpec(number));
  const tenants: TenantId[] = [];
  for (const trust of ['trusted', 'standard', 'hostile'] as const) {
    const group = trust === 'trusted' ? 'red' : null;
    for (let nr = 0; nr < TENANTS_OF_EACH_TRUST; nr += 1) {
      tenants.push(world.registerTenant(trust, group));
    }
  }
  // Claims the hosts' kernels, so that no life that is recorded below does it.
  for (const tenantId of tenants) succeed(world, tenantId);
  const prelude = [...world.log.events];
  const lives = tenants.flatMap((tenantId) => PLAYS.map((play) => record(world, tenantId, play)));
  return { prelude, lives };
}

function record(world: World, tenantId: TenantId, play: Play): Life {
  const before = world.log.events.length;
  const workloadId = play(world, tenantId);
  const recorded = world.log.events.slice(before);
  const started = recorded.filter(({ event }) => event.type === 'KernelStarted');
  const own = new Set<string>([workloadId, ...started.map(({ stream }) => stream)]);
  return { tenantId, workloadId, events: recorded.filter(({ stream }) => own.has(stream)) };
}

function succeed(world: World, tenantId: TenantId): WorkloadId {
  return end(world, run(world, world.submit(tenantId)), 0);
}

/** Placed, authorized and started, with every stage that a host reports. */
function run(world: World, workloadId: WorkloadId): WorkloadId {
  world.nowMs += 40;
  world.place();
  const attempt = world.attemptOf(workloadId);
  if (attempt === null) throw new Error(`${workloadId} was not placed`);
  world.start(workloadId);
  world.nowMs += 900;
  const { computeSystemId, isolation } = attempt;
  const timings = stages(world.nowMs, isolation === 'hyperv');
  world.ask(workloadId, { kind: 'report-started', computeSystemId, timings });
  // The rest of what a start brings: the kernel of a utility VM.
  world.started(workloadId);
  return workloadId;
}

function stages(endMs: number, isVirtual: boolean): StageTiming[] {
  const times = (fromMs: number, toMs: number) => ({
    startedAtMs: endMs - fromMs,
    finishedAtMs: endMs - toMs,
  });
  return [
    { stage: 'image-pull', path: null, ...times(900, 700) },
    ...(isVirtual
      ? [{ stage: 'utility-vm-boot', path: 'cloned', ...times(700, 400) } as const]
      : []),
    { stage: 'create', path: null, ...times(400, 200) },
    { stage: 'network-attach', path: null, ...times(200, 100) },
    { stage: 'start', path: null, ...times(100, 0) },
  ];
}

function end(world: World, workloadId: WorkloadId, exitCode: number): WorkloadId {
  world.nowMs += 5_000;
  world.exit(workloadId, exitCode);
  world.nowMs += 20;
  world.release(workloadId);
  return workloadId;
}
