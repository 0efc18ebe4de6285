import type { UpcastsOf } from '../upcasts.js';
import type { Policy, PolicyPublished } from './events.js';

type Version3Policy = Omit<Policy, 'preemption'>;
type Version2Policy = Omit<Version3Policy, 'waitingOrder'>;
interface Version1 {
  readonly version: number;
  readonly policy: Pick<
    Version2Policy,
    'trustedPublishers' | 'kernelPatienceMs' | 'utilityVmReserve' | 'compatibilityVersion'
  >;
}
interface Version2 {
  readonly version: number;
  readonly policy: Version2Policy;
}

interface Version3 {
  readonly version: number;
  readonly policy: Version3Policy;
}

/** A policy that says nothing of what came later decides exactly as it did. */
export const policyPublishedUpcasts: UpcastsOf<PolicyPublished> = {
  1: ({ version, policy }: Version1): Version2 => ({
    version,
    policy: {
      ...policy,
      rulesOff: [],
      elevatedUsers: [],
      riskyCapabilities: [],
      hostAccessApprovals: {},
      tenantPolicies: {},
      templateSharing: 'own-boundary',
      advisories: { evictRunning: false },
      utilityVmsPerHostMax: null,
    },
  }),
  // Who goes first is no decision about a wall: it has changed for everybody, and all tenants weigh the same.
  2: ({ version, policy }: Version2): Version3 => ({
    version,
    policy: { ...policy, waitingOrder: { priorityStepMs: 60_000, tenantWeights: {} } },
  }),
  3: ({ version, policy }: Version3): PolicyPublished['payload'] => ({
    version,
    policy: { ...policy, preemption: { fromPriority: null, otherTenants: false } },
  }),
};
