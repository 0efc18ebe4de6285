import {
  type BatchId,
  holdingAttempt,
  type ImageFacts,
  policyDecider,
  type TenantId,
  type WorkloadId,
} from '@bulkhead/domain';
import * as fc from 'fast-check';
import { advisory, publishAdvisory, withdrawAdvisory } from './advisory-operators.js';
import { hostSpec, idOf, image, linuxImage, unknownImage, windows } from './builders.js';
import { drain, quarantine, releaseHost, retire, tendHosts } from './host-operators.js';
import { World } from './world.js';

/** One act of a random history: which kind, on whom, and with what. */
export interface Act {
  readonly kind: number;
  readonly who: number;
  readonly what: number;
}

const images: readonly ImageFacts[] = [
  image(),
  image(),
  image(),
  image(),
  linuxImage,
  unknownImage,
  image({ osVersion: windows(17763) }),
];

/** Each takes a world, a number that picks whom, and one that picks what. Placing and starting come often. */
const kinds: readonly ((world: World, who: number, what: number) => void)[] = [
  submit,
  submit,
  submit,
  submit,
  submit,
  submit,
  (world) => void world.place(),
  (world) => void world.place(),
  (world) => void world.place(),
  (world) => void world.place(),
  (world, who, what) => void world.place(() => (who + what) % 3 === 0),
  (world, who) => onAttempt(world, who, (id) => world.start(id)),
  (world, who) => onAttempt(world, who, (id) => world.start(id)),
  (world, who) => onAttempt(world, who, (id) => world.start(id)),
  (world, who) => onAttempt(world, who, (id) => world.started(id)),
  (world, who) => onAttempt(world, who, (id) => world.started(id)),
  (world, who) => onAttempt(world, who, (id) => world.started(id)),
  (world, who, what) => onAttempt(world, who, (id) => world.exit(id, what % 3 === 0 ? 0 : 1)),
  (world, who) => onAttempt(world, who, (id) => world.exit(id, 3, 'UnexpectedExit')),
  (world, who) => onAttempt(world, who, (id) => world.release(id)),
  (world, who) => onAttempt(world, who, (id) => world.release(id)),
  (world, who) => onWorkload(world, who, (id) => world.cancel(id)),
  (world, who, what) =>
    onTenant(world, who, (id) =>
      world.changeTrust(id, pick(['trusted', 'standard', 'hostile'], what)),
    ),
  (world, who, what) =>
    onTenant(world, who, (id) => world.changeBoundary(id, pick([null, 'red', 'blue'], what))),
  (world, who, what) => world.onHost(hostAt(world, who), what % 2 === 0 ? 'cordon' : 'uncordon'),
  (world, who) => world.onHost(hostAt(world, who), 'uncordon'),
  (world, who) => world.loseHost(hostAt(world, who)),
  (world, who) => world.recoverHost(hostAt(world, who)),
  (world, who) => world.boot(hostAt(world, who)),
  (world, who) => world.fence(hostAt(world, who)),
  (world, who, what) => drain(world, hostAt(world, who), what % 2 === 0 ? null : what * 20),
  (world) => tendHosts(world),
  (world) => tendHosts(world),
  (world, who, what) => quarantine(world, hostAt(world, who), what % 3 === 0),
  (world, who) => releaseHost(world, hostAt(world, who)),
  (world, who) => releaseHost(world, hostAt(world, who)),
  replaceHost,
  publishOrWithdraw,
  (world) => world.takeOver(),
  (world, _who, what) => permitPreemption(world, what),
  (world, _who, what) => {
    world.nowMs += what * 50;
  },
];

/** Histories of so many acts. */
export function randomHistories(least: number, most: number): fc.Arbitrary<readonly Act[]> {
  return fc.array(
    fc.record({ kind: fc.nat(kinds.length - 1), who: fc.nat(30), what: fc.nat(30) }),
    { minLength: least, maxLength: most },
  );
}

export const randomActs = randomHistories(30, 160);

/** Small hosts, so that capacity, kernels and patience all become scarce. */
export function startingWorld(): World {
  const world = new World();
  const small = { cpuMillis: 4_000, memoryMiB: 6_000 };
  world.registerHost(hostSpec(1, small));
  world.registerHost(hostSpec(2, { ...small, hypervPresent: false }));
  world.registerHost(hostSpec(3, { ...small, osVersion: windows(26100), labels: { zone: 'b' } }));
  world.registerTenant('trusted', 'red');
  world.registerTenant('trusted', 'red');
  world.registerTenant('standard');
  world.registerTenant('hostile');
  return world;
}

/** Plays a history from the beginning; `after` sees the world after every act. */
export function play(acts: readonly Act[], after: (world: World) => void = () => {}): World {
  const world = startingWorld();
  for (const { kind, who, what } of acts) {
    world.nowMs += 10;
    (kinds[kind] as (typeof kinds)[number])(world, who, what);
    after(world);
  }
  return world;
}

/** Some priorities displace others, in the end those of other tenants too. */
function permitPreemption(world: World, what: number): void {
  const { policy: before, version } = world.fleet.policy.state;
  if (before === null) return;
  const preemption = { fromPriority: 1 + (what % 4), otherTenants: what % 2 === 0 };
  const policy = { ...before, preemption };
  const publish = { kind: 'publish-policy', version: version + 1, policy } as const;
  world.run(policyDecider, 'policy', null, { ...publish, nowMs: world.nowMs });
}

/** An empty host leaves the fleet, and a machine like it comes in its place. */
function replaceHost(world: World, who: number): void {
  const hostId = hostAt(world, who);
  const { spec } = world.fleet.hosts.get(hostId)?.state ?? {};
  if (spec == null || !retire(world, hostId)) return;
  const { hostId: _left, name: _name, ...machine } = spec;
  world.registerHost(hostSpec(world.hosts.size + 1, machine));
}

/** One advisory at a time, so that work goes on: of every wall and build, some fixed already, some over soon. */
function publishOrWithdraw(world: World, who: number, what: number): void {
  const { nowMs } = world;
  const [standing] = world.fleet.advisories.keys();
  if (standing !== undefined) {
    withdrawAdvisory(world, standing);
    return;
  }
  publishAdvisory(
    world,
    advisory(world.log.events.length + 1, {
      wall: pick(['shared-kernel', 'shared-kernel', 'hypervisor', 'image-import'], who),
      builds: [{ build: pick([20348, 26100], what), fixedRevision: pick([null, 2, 1], what) }],
      window: { fromMs: nowMs, untilMs: what % 5 === 0 ? nowMs + what * 40 + 1 : null },
    }),
  );
}

function submit(world: World, who: number, what: number): void {
  const isolation = pick(['default', 'default', 'default', 'process', 'hyperv'] as const, what);
  const request = {
    isolation,
    strict: isolation === 'process' && what % 2 === 0,
    priority: what % 5,
    restartPolicy: { maxAttempts: 1 + (what % 3), backoffSeconds: 0 },
    resources: { cpuMillis: 500 * (1 + (what % 3)), memoryMiB: 512 * (1 + (who % 3)) },
    hostSelector: what % 7 === 3 ? { zone: 'b' } : {},
    spread: what % 2 === 0 ? ('required' as const) : ('preferred' as const),
  };
  const batchId = idOf('bat', 1 + (what % 2)) as BatchId;
  const batch = what % 3 === 0 ? { batchId, index: world.log.events.length } : null;
  const facts = pick(images, Math.floor(what / 5));
  onTenant(world, who, (id) => void world.submit(id, request, facts, batch));
}

function pick<T>(from: readonly T[], number: number): T {
  return from[number % from.length] as T;
}

function hostAt(world: World, number: number) {
  return pick([...world.hosts.keys()], number);
}

function onTenant(world: World, number: number, act: (tenantId: TenantId) => void): void {
  act(pick([...world.fleet.tenants.keys()], number));
}

function onWorkload(world: World, number: number, act: (workloadId: WorkloadId) => void): void {
  const open = [...world.fleet.workloads.keys()];
  if (open.length > 0) act(pick(open, number));
}

function onAttempt(world: World, number: number, act: (workloadId: WorkloadId) => void): void {
  const holding = [...world.fleet.workloads]
    .filter(([, { state }]) => holdingAttempt(state) !== null)
    .map(([workloadId]) => workloadId);
  if (holding.length > 0) act(pick(holding, number));
}
