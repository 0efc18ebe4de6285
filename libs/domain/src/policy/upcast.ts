import type { UpcastsOf } from '../upcasts.js';
import type { Policy, PolicyPublished } from './events.js';

interface Version1 {
  readonly version: number;
  readonly policy: Pick<
    Policy,
    'trustedPublishers' | 'kernelPatienceMs' | 'utilityVmReserve' | 'compatibilityVersion'
  >;
}

/** A policy that says nothing of what came later decides exactly as it did. */
export const policyPublishedUpcasts: UpcastsOf<PolicyPublished> = {
  1: ({ version, policy }: Version1): PolicyPublished['payload'] => ({
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
};
