import type { TenantId } from '../ids.js';
import type { HostAccess } from '../isolation/decision.js';
import type { Policy, TenantPolicy } from './events.js';

interface PolicyForTenant extends TenantPolicy {
  readonly approvedHostAccess: readonly HostAccess[];
}

const nothing: readonly never[] = [];
const noPolicyOfItsOwn: TenantPolicy = {
  floor: null,
  trustedPublishers: nothing,
  allowedCapabilities: nothing,
};
const noName: PolicyForTenant = { ...noPolicyOfItsOwn, approvedHostAccess: nothing };

/** What policy says of one tenant; nothing special for most, and for one whose name is not known. */
export function policyFor(policy: Policy, tenantId: TenantId | null): PolicyForTenant {
  if (tenantId === null) return noName;
  const own = policy.tenantPolicies[tenantId];
  const approvedHostAccess = policy.hostAccessApprovals[tenantId];
  if (own === undefined && approvedHostAccess === undefined) return noName;
  return { ...(own ?? noPolicyOfItsOwn), approvedHostAccess: approvedHostAccess ?? nothing };
}

/** Whether policy calls the user elevated; the image's own default (null) never is. */
export function isElevatedUser({ elevatedUsers }: Policy, user: string | null): boolean {
  if (user === null) return false;
  const asked = user.toLowerCase();
  return elevatedUsers.some((elevated) => elevated.toLowerCase() === asked);
}

/** Those of the capabilities that policy calls risky and does not allow this tenant. */
export function askedRiskyCapabilities(
  policy: Policy,
  tenantId: TenantId | null,
  capabilities: readonly string[],
): readonly string[] {
  if (capabilities.length === 0) return nothing;
  const risky = policy.riskyCapabilities.map(capabilityName);
  const allowed = policyFor(policy, tenantId).allowedCapabilities.map(capabilityName);
  return capabilities.filter((capability) => {
    const name = capabilityName(capability);
    return risky.includes(name) && !allowed.includes(name);
  });
}

/** One name for every way to write a capability: `CAP_SYS_ADMIN` and `sys_admin` are the same. */
export function capabilityName(capability: string): string {
  return capability.toUpperCase().replace(/^CAP_/, '');
}
