/** What a tenant may hold at the same time, utility-VM reserves included, and what it may submit. */
export interface TenantQuota {
  /** Workloads that hold a place. */
  readonly workloads: number;
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  readonly utilityVms: number;
  readonly batchTasks: number;
  /** Workloads and batches, each counted once; null is without limit, and not counted. */
  readonly submissionsPerMinute: number | null;
  /** Workloads that wait for a place; null is without limit. What waits again after a failure was let in before. */
  readonly pendingWorkloads: number | null;
}

/**
 * Of a tenant whose quota nobody has changed: as much as one large fleet has, as often as it likes, so that
 * nothing that worked before there were quotas stops. Operators set what they sell.
 */
export const defaultQuota: TenantQuota = {
  workloads: 100_000,
  cpuMillis: 1_000_000_000,
  memoryMiB: 4_000_000_000,
  utilityVms: 100_000,
  batchTasks: 10_000,
  submissionsPerMinute: null,
  pendingWorkloads: null,
};

/** What a tenant holds: the fold of WorkloadPlaced … ComputeSystemReleased, and proposals. */
export type TenantUse = Pick<TenantQuota, 'workloads' | 'cpuMillis' | 'memoryMiB' | 'utilityVms'>;

export const noUse: TenantUse = { workloads: 0, cpuMillis: 0, memoryMiB: 0, utilityVms: 0 };

/** The use with one more attempt, or with `sign` -1 with one less. */
export function usedWith(
  use: TenantUse,
  { cpuMillis, memoryMiB }: Pick<TenantUse, 'cpuMillis' | 'memoryMiB'>,
  isolation: 'process' | 'hyperv',
  sign: 1 | -1,
): TenantUse {
  return {
    workloads: use.workloads + sign,
    cpuMillis: use.cpuMillis + sign * cpuMillis,
    memoryMiB: use.memoryMiB + sign * memoryMiB,
    utilityVms: use.utilityVms + (isolation === 'hyperv' ? sign : 0),
  };
}

export interface BeyondQuota {
  readonly quota: keyof TenantQuota;
  readonly limit: number;
  /** What would be held, or is asked for. */
  readonly use: number;
}

/** The first limit that this use is beyond; null where it keeps all of them. */
export function beyondQuota(use: TenantUse, quota: TenantQuota): BeyondQuota | null {
  for (const name of ['workloads', 'cpuMillis', 'memoryMiB', 'utilityVms'] as const) {
    if (use[name] > quota[name]) return { quota: name, limit: quota[name], use: use[name] };
  }
  return null;
}
