import { type Policy, policyVersion1, type TenantId } from '@bulkhead/domain';

/** Policies that operators switch between. The first is the one that every world begins and ends with. */
export const policies: readonly [
  { readonly says: string; readonly policy: Policy },
  ...{ readonly says: string; readonly policy: Policy }[],
] = [
  { says: 'is as it comes', policy: policyVersion1 },
  {
    says: 'reboots empty hosts',
    policy: { ...policyVersion1, rebootEmptyAfterMs: 500, kernelPatienceMs: 10_000 },
  },
  {
    says: 'has urgent workloads displace others',
    policy: { ...policyVersion1, preemption: { fromPriority: 60, otherTenants: true } },
  },
  {
    says: 'lets silos run on in spite of advisories',
    policy: { ...policyVersion1, advisories: { evictRunning: false } },
  },
  { says: 'has no patience', policy: { ...policyVersion1, kernelPatienceMs: 0 } },
  { says: 'allows one utility VM a host', policy: { ...policyVersion1, utilityVmsPerHostMax: 1 } },
  {
    says: 'has utility VMs cloned from templates and kept ready',
    policy: {
      ...policyVersion1,
      templateSharing: 'trusted-boundaries',
      templates: { afterBoots: 1, perHostMax: 2, warmCopies: 1 },
    },
  },
  { says: 'trusts nobody', policy: { ...policyVersion1, trustedPublishers: [] } },
];

/** What operators publish now and then, about one tenant or with several things changed at once. */
export function rarerPolicy(what: number, tenantId: TenantId | null): (typeof policies)[number] {
  const templates = { afterBoots: 1, perHostMax: 4, warmCopies: 2 };
  const floor = { floor: 'hyperv', trustedPublishers: [], allowedCapabilities: [] } as const;
  const rarer: readonly (readonly [says: string, changes: Partial<Policy>])[] = [
    ['ignores advisories', { rulesOff: ['open-advisory'] }],
    [
      'lets workloads wait for a kernel',
      { rulesOff: ['kernel-unavailable'], rebootEmptyAfterMs: 300 },
    ],
    ['walls one tenant in', { tenantPolicies: tenantId === null ? {} : { [tenantId]: floor } }],
    ['makes utility VMs dear', { utilityVmReserve: { cpuMillis: 500, memoryMiB: 2_500 } }],
    [
      'clones within boundaries and boots empty hosts',
      { templates, templateSharing: 'own-boundary', rebootEmptyAfterMs: 300, kernelPatienceMs: 0 },
    ],
    [
      'displaces within tenants and forgets age',
      {
        preemption: { fromPriority: 50, otherTenants: false },
        waitingOrder: {
          priorityStepMs: 0,
          tenantWeights: tenantId === null ? {} : { [tenantId]: 5 },
        },
      },
    ],
  ];
  const [says, changes] = rarer[what % rarer.length] as (typeof rarer)[number];
  return { says, policy: { ...policyVersion1, ...changes } };
}
