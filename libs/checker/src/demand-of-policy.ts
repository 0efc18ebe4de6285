import type { Policy } from '@bulkhead/domain';
import type { Ledger, LedgerWorkload } from './ledger.js';

/** The rules that keep a promise, restated: a policy that switches one off breaks it. */
export const rulesThatKeepPromises: readonly string[] = [
  'image-unrunnable',
  'host-access',
  'tenant-hostile',
  'requested',
  'never-lowered',
  'foreign-os',
  'kernel-mismatch',
];

/** Why policy, tenant and image demand a utility VM wherever it runs, or null where they do not. */
export function demandOfPolicy(workload: LedgerWorkload, ledger: Ledger): string | null {
  const policy = ledger.policy?.policy;
  if (policy === undefined) return 'no policy was published';
  if (workload.image.os !== 'windows') return `a ${workload.image.os} image has no kernel here`;
  const isOn = (rule: string) => !policy.rulesOff.includes(rule);
  return (
    (isOn('untrusted-publisher') ? publisherDemand(workload, policy) : null) ??
    (isOn('elevated') ? elevatedDemand(workload, policy) : null) ??
    (isOn('tenant-floor') && policy.tenantPolicies[workload.tenantId]?.floor === 'hyperv'
      ? 'policy gives its tenant nothing less than hyperv'
      : null)
  );
}

/** What it asks of the host and was never given leave for, or null. */
export function unapprovedAccess(workload: LedgerWorkload, ledger: Ledger): string | null {
  const approved = ledger.policy?.policy.hostAccessApprovals[workload.tenantId] ?? [];
  const hostile = ledger.tenantOf(workload.tenantId).trust === 'hostile';
  const { hostAccess } = workload.request;
  return hostAccess.find((kind) => hostile || !approved.includes(kind)) ?? null;
}

function publisherDemand({ image, tenantId }: LedgerWorkload, policy: Policy): string | null {
  if (!image.known) return 'its image is not in the catalogue';
  const own = policy.tenantPolicies[tenantId]?.trustedPublishers ?? [];
  const trusted = [...policy.trustedPublishers, ...own];
  const { publisher } = image;
  if (publisher !== null && trusted.includes(publisher)) return null;
  return `its publisher ${publisher} is not trusted`;
}

function elevatedDemand({ request, tenantId }: LedgerWorkload, policy: Policy): string | null {
  const user = request.user?.toLowerCase();
  if (policy.elevatedUsers.some((elevated) => elevated.toLowerCase() === user)) {
    return `its user ${request.user} is elevated`;
  }
  const nameOf = (capability: string) => capability.toUpperCase().replace(/^CAP_/, '');
  const allowed = policy.tenantPolicies[tenantId]?.allowedCapabilities ?? [];
  const risky = new Set(policy.riskyCapabilities.map(nameOf));
  for (const capability of allowed) risky.delete(nameOf(capability));
  const asked = request.capabilities.find((capability) => risky.has(nameOf(capability)));
  return asked === undefined ? null : `its capability ${asked} is risky`;
}
