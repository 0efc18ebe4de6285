import {
  type BatchId,
  type Labels,
  type TenantCommand,
  type TenantId,
  tenantDecider,
  type WorkloadRequest,
} from '@bulkhead/domain';
import { idOf } from '../domain/builders.js';
import { changeQuota } from '../domain/change-quota.js';
import { type Act, pick } from './act.js';
import type { Play } from './play.js';

/** Tenants submit no more while so many workloads are open: more would only wait. */
export const OPEN_WORKLOADS_MAX = 60;

/** What operators do to tenants comes between what the placer plans and what it appends. */
const anyTime = { weight: 1, comesBetween: true } as const;

/** What tenants do, and what operators do to them. Evictions follow later, as in a real system. */
export const actsOfTenants: readonly Act[] = [
  { name: 'submit', weight: 30, play: submit },
  {
    name: 'cancel',
    weight: 1,
    comesBetween: true,
    play: ({ world }, who) => {
      const workloadId = pick([...world.fleet.workloads.keys()], who);
      if (workloadId !== undefined) world.cancel(workloadId);
    },
  },
  {
    name: 'change-trust',
    weight: 3,
    comesBetween: true,
    play: (on, who, what) => {
      const trust = pick(['trusted', 'standard', 'hostile', 'trusted'] as const, what) ?? 'hostile';
      tell(on, who, { kind: 'change-trust', trust });
    },
  },
  { name: 'distrust-one-in-a-silo', ...anyTime, play: distrust },
  {
    name: 'change-boundary',
    ...anyTime,
    play: (on, who, what) => {
      const boundaryGroup = pick([null, 'red', 'blue', 'red'], what) ?? null;
      tell(on, who, { kind: 'change-boundary', boundaryGroup });
    },
  },
  {
    name: 'suspend',
    ...anyTime,
    play: (on, who, what) => tell(on, who, { kind: 'suspend', evict: what % 2 === 0 }),
  },
  {
    name: 'reinstate',
    weight: 3,
    play: (on, who) => tell(on, who, { kind: 'reinstate' }),
  },
  {
    name: 'change-quota',
    ...anyTime,
    play: ({ world, tenants }, who, what) => {
      const most = 1 + (what % 6);
      const utilityVms = what % 3;
      const quota = { workloads: most, cpuMillis: most * 900, memoryMiB: most * 1_500, utilityVms };
      changeQuota(world, pick(tenants, who) as TenantId, quota);
    },
  },
  {
    name: 'raise-quota',
    weight: 2,
    play: ({ world, tenants }, who) => {
      const quota = { workloads: 20, cpuMillis: 20_000, memoryMiB: 30_000, utilityVms: 10 };
      changeQuota(world, pick(tenants, who) as TenantId, quota);
    },
  },
  { name: 'tend-tenants', weight: 3, play: (on) => on.tendTenants() },
];

type Told = TenantCommand extends infer C
  ? C extends unknown
    ? Omit<C, 'reason' | 'nowMs'>
    : never
  : never;

/** Somebody who shares a kernel at this moment turns out to be hostile: what promise 1 is about. */
function distrust(on: Play, who: number): void {
  const { world, tenants } = on;
  const inSilos = on.holders().filter((id) => world.attemptOf(id)?.isolation === 'process');
  const workloadId = pick(inSilos, who);
  const known = workloadId === undefined ? undefined : world.fleet.workloads.get(workloadId);
  const tenantId = known?.state.tenantId ?? null;
  if (tenantId === null) return;
  tell(on, tenants.indexOf(tenantId), { kind: 'change-trust', trust: 'hostile' });
}

function tell(on: Play, who: number, command: Told): void {
  const tenantId = pick(on.tenants, who) as TenantId;
  const { nowMs } = on.world;
  on.evictionsAreDue();
  const told = { ...command, reason: 'test', nowMs } as TenantCommand;
  on.world.run(tenantDecider, tenantId, tenantId, told);
}

/** No host has the last one, so that who asks for it is refused. */
const selectors: readonly Labels[] = [
  { zone: 'a' },
  { zone: 'b' },
  { disk: 'ssd' },
  { disk: 'ssd', zone: 'b' },
  { zone: 'c' },
];

function submit(on: Play, who: number, what: number): void {
  if (on.world.fleet.workloads.size >= OPEN_WORKLOADS_MAX) return;
  const tenantId = pick(on.tenants, who) as TenantId;
  const digit = (place: number) => Math.floor(what / 10 ** place) % 10;
  const isolation = pick(['default', 'default', 'default', 'process', 'hyperv'] as const, digit(0));
  const request: Partial<WorkloadRequest> = {
    isolation: isolation ?? 'default',
    strict: isolation === 'process' && digit(1) % 2 === 0,
    priority: digit(1),
    restartPolicy: { maxAttempts: 1 + (digit(2) % 3), backoffSeconds: digit(3) % 2 },
    resources: { cpuMillis: 500 * (1 + (digit(1) % 4)), memoryMiB: 512 * (1 + (digit(2) % 4)) },
    timeoutSeconds: digit(3) < 3 ? 30 : null,
    user: what % 17 === 0 ? 'ContainerAdministrator' : what % 3 === 0 ? 'app' : null,
    capabilities: what % 19 === 0 ? ['SYS_ADMIN'] : what % 5 === 0 ? ['CHOWN'] : [],
    hostAccess: what % 23 === 0 ? ['device'] : [],
    hostSelector: what % 7 < 2 ? (pick(selectors, digit(4)) ?? {}) : {},
    spread: digit(4) % 2 === 0 ? 'required' : 'preferred',
  };
  // The first image is what most tenants run: without company a kernel is never shared.
  const facts = on.facts(who % 2 === 0 ? 0 : Math.floor(who / 2));
  // Two batches of each tenant, so that there are always some tasks to keep apart.
  const batchId = idOf('bat', 1 + 2 * (who % on.tenants.length) + (what % 2)) as BatchId;
  on.world.submit(tenantId, request, facts, what % 3 === 0 ? { batchId, index: what } : null);
}
