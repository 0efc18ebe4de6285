import { type Policy, policyVersion1 } from '@bulkhead/domain';

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
