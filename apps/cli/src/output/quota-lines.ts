import type { ShownTenant } from './tenant-lines.js';
import type { Colors } from './terminal.js';

/** A tenant as it sees itself. */
export interface ShownOwnTenant extends Omit<ShownTenant, 'quota' | 'suspension'> {
  readonly quota: {
    readonly workloads: number;
    readonly cpuMillis: number;
    readonly memoryMiB: number;
    readonly utilityVms: number;
    readonly batchTasks: number;
    readonly submissionsPerMinute: number | null;
    readonly pendingWorkloads: number | null;
  };
  /** The same for every tenant. An api of an older release tells neither this nor what of it is used. */
  readonly limits?: { readonly openWorkloads: number };
  readonly use: {
    readonly openWorkloads?: number;
    readonly workloads: number;
    readonly cpuMillis: number;
    readonly memoryMiB: number;
    readonly utilityVms: number;
    readonly pendingWorkloads: number;
    readonly submissionsThisMinute: number | null;
  };
}

type Row = readonly [what: string, used: number | null, most: number | null];

const NO_LIMIT = 'no limit';

/** What a tenant may hold and submit, for a person: what of it is used, and when something is turned away. */
export function quotaLines(
  { name, trust, suspended, quota, limits, use }: ShownOwnTenant,
  colors: Colors,
): readonly string[] {
  const rows: readonly Row[] = [
    ['workloads that hold a place', use.workloads, quota.workloads],
    ['cpuMillis that they hold', use.cpuMillis, quota.cpuMillis],
    ['MiB that they hold', use.memoryMiB, quota.memoryMiB],
    ['utility VMs', use.utilityVms, quota.utilityVms],
    ['workloads that wait', use.pendingWorkloads, quota.pendingWorkloads],
    ...openRows(use.openWorkloads, limits?.openWorkloads),
    ['submissions this minute', use.submissionsThisMinute, quota.submissionsPerMinute],
    ['tasks of one batch', null, quota.batchTasks],
  ];
  const width = Math.max(...rows.map(([what]) => what.length));
  return [
    `${colors.bold(name)}  ${trust}${suspended ? `  ${colors.red('suspended')}` : ''}`,
    ...rows.map(([what, used, most]) => `  ${what.padEnd(width)}  ${usedOf(used, most)}`),
  ];
}

function openRows(used: number | undefined, most: number | undefined): readonly Row[] {
  if (used === undefined || most === undefined) return [];
  return [['workloads that have not ended', used, most]];
}

function usedOf(used: number | null, most: number | null): string {
  if (used === null) return most === null ? NO_LIMIT : `at most ${most}`;
  return most === null ? `${used}, ${NO_LIMIT}` : `${used} of ${most}`;
}
