import type { HostId, KernelInstanceId, TenantId, TimeMs } from '@bulkhead/domain';

/** Who could have reached whom over a kernel. */
export interface Exposure {
  /** Pairs of different tenants that were on one kernel at the same time, ever. */
  readonly tenantPairs: number;
  /** Pairs of different tenants that were on one host at the same time but never on one kernel: the wall stood between them. */
  readonly tenantPairsKeptApart: number;
  /** Hours that two workloads shared a kernel, summed over all pairs of one tenant. */
  readonly pairHoursWithinTenant: number;
  /** The same of pairs of different tenants. */
  readonly pairHoursAcrossTenants: number;
  /** The most workloads, and the most tenants, that one kernel had at a time. */
  readonly mostWorkloadsOnKernel: number;
  readonly mostTenantsOnKernel: number;
}

const MS_PER_HOUR = 3_600_000;

/** A pair of tenants is one number: each has one of its own below this. */
const TENANTS_MAX = 2 ** 20;

interface Group {
  readonly tenants: Map<number, number>;
  workloads: number;
  sinceMs: TimeMs;
}

/**
 * Counts who shares what, from the recorded placement to the recorded release, as an auditor would. The
 * pairs of a group of n are n(n-1)/2, so that nobody has to be compared with everybody.
 */
export class SharedKernels {
  readonly #kernels = new Map<KernelInstanceId, Group>();
  readonly #hosts = new Map<HostId, Group>();
  readonly #pairsOnKernel = new Set<number>();
  readonly #pairsOnHost = new Set<number>();
  readonly #numbers = new Map<TenantId, number>();
  #within = 0;
  #across = 0;
  #mostWorkloads = 0;
  #mostTenants = 0;

  enter(kernel: KernelInstanceId, host: HostId, tenantId: TenantId, nowMs: TimeMs): void {
    const tenant = this.#numberOf(tenantId);
    const group = groupOf(this.#kernels, kernel, nowMs);
    this.#count(group, nowMs);
    join(group, tenant, this.#pairsOnKernel);
    join(groupOf(this.#hosts, host, nowMs), tenant, this.#pairsOnHost);
    this.#mostWorkloads = Math.max(this.#mostWorkloads, group.workloads);
    this.#mostTenants = Math.max(this.#mostTenants, group.tenants.size);
  }

  leave(kernel: KernelInstanceId, host: HostId, tenantId: TenantId, nowMs: TimeMs): void {
    const tenant = this.#numberOf(tenantId);
    const group = groupOf(this.#kernels, kernel, nowMs);
    this.#count(group, nowMs);
    part(group, tenant);
    if (group.workloads === 0) this.#kernels.delete(kernel);
    part(groupOf(this.#hosts, host, nowMs), tenant);
  }

  /** Of everything so far; who is still on a kernel counts until now. */
  exposure(nowMs: TimeMs): Exposure {
    for (const group of this.#kernels.values()) this.#count(group, nowMs);
    let apart = 0;
    for (const pair of this.#pairsOnHost) if (!this.#pairsOnKernel.has(pair)) apart += 1;
    return {
      tenantPairs: this.#pairsOnKernel.size,
      tenantPairsKeptApart: apart,
      pairHoursWithinTenant: this.#within / MS_PER_HOUR,
      pairHoursAcrossTenants: this.#across / MS_PER_HOUR,
      mostWorkloadsOnKernel: this.#mostWorkloads,
      mostTenantsOnKernel: this.#mostTenants,
    };
  }

  #numberOf(tenantId: TenantId): number {
    const known = this.#numbers.get(tenantId);
    if (known !== undefined) return known;
    const number = this.#numbers.size;
    if (number >= TENANTS_MAX) throw new RangeError(`more than ${TENANTS_MAX} tenants`);
    this.#numbers.set(tenantId, number);
    return number;
  }

  #count(group: Group, nowMs: TimeMs): void {
    const passedMs = nowMs - group.sinceMs;
    group.sinceMs = nowMs;
    if (passedMs === 0 || group.workloads < 2) return;
    let within = 0;
    for (const count of group.tenants.values()) within += pairsOf(count);
    this.#within += within * passedMs;
    this.#across += (pairsOf(group.workloads) - within) * passedMs;
  }
}

function groupOf<Key>(groups: Map<Key, Group>, key: Key, nowMs: TimeMs): Group {
  const known = groups.get(key);
  if (known !== undefined) return known;
  const group: Group = { tenants: new Map(), workloads: 0, sinceMs: nowMs };
  groups.set(key, group);
  return group;
}

function join(group: Group, tenant: number, pairs: Set<number>): void {
  const { tenants } = group;
  group.workloads += 1;
  const before = tenants.get(tenant) ?? 0;
  tenants.set(tenant, before + 1);
  if (before > 0) return;
  for (const other of tenants.keys()) {
    if (other < tenant) pairs.add(other * TENANTS_MAX + tenant);
    else if (other > tenant) pairs.add(tenant * TENANTS_MAX + other);
  }
}

function part(group: Group, tenant: number): void {
  const left = (group.tenants.get(tenant) ?? 0) - 1;
  if (left > 0) group.tenants.set(tenant, left);
  else group.tenants.delete(tenant);
  group.workloads -= 1;
}

function pairsOf(count: number): number {
  return (count * (count - 1)) / 2;
}
