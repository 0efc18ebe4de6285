import pc from 'picocolors';
import { expect, it } from 'vitest';
import { quotaLines, type ShownOwnTenant } from './quota-lines.js';

const tenant: ShownOwnTenant = {
  ...{ id: 'ten_1', name: 'Harbour Works', trust: 'trusted' as const, boundary: 'own:ten_1' },
  ...{ suspended: true, registeredAt: '2026-11-20T08:01:00.000Z' },
  quota: {
    ...{ workloads: 5, cpuMillis: 4_000, memoryMiB: 8_192, utilityVms: 2, batchTasks: 100 },
    ...{ submissionsPerMinute: null, pendingWorkloads: null },
  },
  limits: { openWorkloads: 100_000 },
  use: {
    ...{ workloads: 3, cpuMillis: 1_500, memoryMiB: 768, utilityVms: 0 },
    ...{ pendingWorkloads: 12, openWorkloads: 15, submissionsThisMinute: null },
  },
};

it('tells a tenant what it uses of what it may hold and submit, and where nothing bounds it', () => {
  expect(quotaLines(tenant, pc.createColors(false))).toEqual([
    'Harbour Works  trusted  suspended',
    '  workloads that hold a place    3 of 5',
    '  cpuMillis that they hold       1500 of 4000',
    '  MiB that they hold             768 of 8192',
    '  utility VMs                    0 of 2',
    '  workloads that wait            12, no limit',
    '  workloads that have not ended  15 of 100000',
    '  submissions this minute        no limit',
    '  tasks of one batch             at most 100',
  ]);
});

it('leaves out what an api of an older release does not tell', () => {
  const { limits: _, use, ...rest } = tenant;
  const { openWorkloads: __, ...usedThen } = use;
  const lines = quotaLines({ ...rest, use: usedThen }, pc.createColors(false));
  expect(lines.length).toBe(8);
  expect(lines.join()).not.toMatch(/have not ended|undefined/);
});
