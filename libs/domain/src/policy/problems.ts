import type { RejectionProblem } from '../decider.js';
import { compatibilityTables } from '../isolation/compatibility.js';
import { isolationRules } from '../isolation/rules.js';
import type { Policy, TenantPolicy } from './events.js';
import { capabilityName } from './lookups.js';
import { isWhole, problem, tenantIdProblems } from './problem.js';
import { templateProblems } from './template-problems.js';
import { preemptionProblems, waitingOrderProblems } from './waiting-problems.js';

/** A policy as somebody wrote it: of the right form, and not yet known to make sense. */
export interface ProposedPolicy
  extends Omit<Policy, 'hostAccessApprovals' | 'tenantPolicies' | 'templateSharing'> {
  readonly hostAccessApprovals: Readonly<Record<string, readonly string[]>>;
  readonly tenantPolicies: Readonly<Record<string, ProposedTenantPolicy>>;
  readonly templateSharing: string;
}
interface ProposedTenantPolicy extends Omit<TenantPolicy, 'floor'> {
  readonly floor: string | null;
}

/** A day. A workload that waits longer for a kernel has other troubles. */
export const KERNEL_PATIENCE_MAX_MS = 86_400_000;
/** A day: an operator who wants kernels kept longer than that leaves the figure out. */
export const REBOOT_EMPTY_AFTER_MAX_MS = 86_400_000;

const hostAccessKinds: readonly string[] = ['host-process', 'host-pipe', 'device'];

/** Everything that is wrong with a policy, the promises that it would break among it; nothing if it may be published. */
export function policyProblems(policy: ProposedPolicy): readonly RejectionProblem[] {
  return [
    ...ruleProblems(policy.rulesOff),
    ...duplicates('/rulesOff', policy.rulesOff),
    ...duplicates('/trustedPublishers', policy.trustedPublishers),
    ...duplicates('/elevatedUsers', policy.elevatedUsers, (user) => user.toLowerCase()),
    ...duplicates('/riskyCapabilities', policy.riskyCapabilities, capabilityName),
    ...Object.entries(policy.hostAccessApprovals).flatMap(approvalProblems),
    ...Object.entries(policy.tenantPolicies).flatMap(tenantProblems),
    ...sharingProblems(policy.templateSharing),
    ...templateProblems(policy.templates),
    ...waitingOrderProblems(policy.waitingOrder),
    ...preemptionProblems(policy.preemption),
    ...figureProblems(policy),
  ];
}

/** The policy in its own type. Only one without problems is. */
export function asPolicy(policy: ProposedPolicy): Policy {
  return policy as Policy;
}

const breaks = (promise: number, pointer: string, detail: string) =>
  problem('POLICY_BREAKS_PROMISE', pointer, `This would break promise ${promise}: ${detail}`);

function ruleProblems(rulesOff: readonly string[]): RejectionProblem[] {
  return rulesOff.flatMap((id, at) => {
    const pointer = `/rulesOff/${at}`;
    const rule = isolationRules.find((candidate) => candidate.id === id);
    if (rule === undefined) {
      return [problem('POLICY_UNKNOWN_RULE', pointer, 'There is no rule of this id.')];
    }
    if (rule.promise === null) return [];
    return [breaks(rule.promise, pointer, `the rule ${id} keeps it. ${rule.text}`)];
  });
}

function duplicates(
  pointer: string,
  names: readonly string[],
  same: (name: string) => string = (name) => name,
): RejectionProblem[] {
  const seen = new Set<string>();
  return names.flatMap((name, at) => {
    if (!seen.has(same(name))) {
      seen.add(same(name));
      return [];
    }
    const detail = 'The list names this once already.';
    return [problem('POLICY_DUPLICATE', `${pointer}/${at}`, detail)];
  });
}

function approvalProblems([tenantId, kinds]: [string, readonly string[]]): RejectionProblem[] {
  const pointer = `/hostAccessApprovals/${tenantId}`;
  const unknown = kinds.flatMap((kind, at) => {
    if (hostAccessKinds.includes(kind)) return [];
    const detail = `Only ${hostAccessKinds.join(', ')} can be approved.`;
    return [problem('POLICY_UNKNOWN_VALUE', `${pointer}/${at}`, detail)];
  });
  return [...tenantIdProblems(pointer, tenantId), ...unknown, ...duplicates(pointer, kinds)];
}

function tenantProblems([tenantId, own]: [string, ProposedTenantPolicy]): RejectionProblem[] {
  const pointer = `/tenantPolicies/${tenantId}`;
  const { floor, trustedPublishers, allowedCapabilities } = own;
  const floorProblems =
    floor === null || floor === 'hyperv'
      ? []
      : [breaks(3, `${pointer}/floor`, 'a floor only raises, so it is hyperv, or null for none.')];
  return [
    ...tenantIdProblems(pointer, tenantId),
    ...floorProblems,
    ...duplicates(`${pointer}/trustedPublishers`, trustedPublishers),
    ...duplicates(`${pointer}/allowedCapabilities`, allowedCapabilities, capabilityName),
  ];
}

function sharingProblems(sharing: string): RejectionProblem[] {
  if (sharing === 'own-boundary' || sharing === 'trusted-boundaries') return [];
  const detail =
    'clones of one template share pages, which only trusted boundaries may: own-boundary or trusted-boundaries.';
  return [breaks(2, '/templateSharing', detail)];
}

function figureProblems(policy: ProposedPolicy): RejectionProblem[] {
  const { kernelPatienceMs, rebootEmptyAfterMs, utilityVmReserve } = policy;
  const { utilityVmsPerHostMax, compatibilityVersion } = policy;
  const { cpuMillis, memoryMiB } = utilityVmReserve;
  const checks: readonly (readonly [boolean, RejectionProblem])[] = [
    [
      isWhole(kernelPatienceMs, 0, KERNEL_PATIENCE_MAX_MS),
      problem(
        'POLICY_PATIENCE',
        '/kernelPatienceMs',
        `Patience is 0 to ${KERNEL_PATIENCE_MAX_MS} ms.`,
      ),
    ],
    [
      rebootEmptyAfterMs === undefined || isWhole(rebootEmptyAfterMs, 0, REBOOT_EMPTY_AFTER_MAX_MS),
      problem(
        'POLICY_REBOOT',
        '/rebootEmptyAfterMs',
        `An empty host boots anew after 0 to ${REBOOT_EMPTY_AFTER_MAX_MS} ms, or never where nothing is said.`,
      ),
    ],
    [
      isWhole(cpuMillis, 0),
      problem('POLICY_RESERVE', '/utilityVmReserve/cpuMillis', 'A reserve is 0 or more.'),
    ],
    [
      isWhole(memoryMiB, 1),
      problem(
        'POLICY_RESERVE',
        '/utilityVmReserve/memoryMiB',
        'A utility VM takes memory for itself: with no reserve a host would hold more than it has.',
      ),
    ],
    [
      utilityVmsPerHostMax === null || isWhole(utilityVmsPerHostMax, 1),
      problem(
        'POLICY_UTILITY_VMS',
        '/utilityVmsPerHostMax',
        'At least 1, or null: with none, hostile tenants would wait for ever.',
      ),
    ],
    [
      compatibilityTables.some(({ version }) => version === compatibilityVersion),
      problem(
        'POLICY_COMPATIBILITY',
        '/compatibilityVersion',
        'There is no table of that version.',
      ),
    ],
  ];
  return checks.flatMap(([isFine, found]) => (isFine ? [] : [found]));
}
