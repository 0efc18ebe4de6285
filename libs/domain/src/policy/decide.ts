import { accept, type Decider, reject } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { Policy, PolicyEvent, PolicyPublished } from './events.js';
import { asPolicy, type ProposedPolicy, policyProblems } from './problems.js';

export interface PolicyState {
  readonly version: number;
  readonly policy: Policy | null;
}

export interface PublishPolicy {
  readonly kind: 'publish-policy';
  /** One more than the version in force. */
  readonly version: number;
  readonly policy: ProposedPolicy;
  readonly nowMs: TimeMs;
}

/** A policy is published whole, and only where it makes sense and keeps every promise. */
export const policyDecider: Decider<PublishPolicy, PolicyState, PolicyEvent> = {
  initialState: { version: 0, policy: null },
  decide: ({ version, policy, nowMs }, state) => {
    if (version <= state.version) return accept();
    if (version !== state.version + 1) {
      return reject('POLICY_VERSION', `The next policy version is ${state.version + 1}.`);
    }
    const problems = policyProblems(policy);
    if (problems.length > 0) {
      const breaking = problems.some(({ code }) => code === 'POLICY_BREAKS_PROMISE');
      const detail = problems.map((problem) => problem.detail).join(' ');
      return reject(breaking ? 'POLICY_BREAKS_PROMISE' : 'POLICY_INVALID', detail, problems);
    }
    const published = { version, policy: asPolicy(policy) };
    return accept(event<PolicyPublished>('PolicyPublished', nowMs, published, 4));
  },
  evolve: (_state, event) => ({ ...event.payload }),
};

/**
 * What a new installation starts with. The reserve of a utility VM is 512 MiB of host memory (RuntimeClass
 * overhead, kubernetes-sigs/windows-testing PR 560) and 500 MiB of non-paged pool (PR 567); 100 mCPU as there.
 * Elevated are the administrators of Windows images and the root of Linux ones; risky is every capability
 * that is known to open a way to the kernel. A step of priority is a minute, so that of 100 steps the highest
 * is overtaken by whoever has waited 100 minutes longer.
 */
export const policyVersion1: Policy = {
  rulesOff: [],
  trustedPublishers: ['microsoft'],
  elevatedUsers: [
    'ContainerAdministrator',
    'Administrator',
    'NT AUTHORITY\\SYSTEM',
    'SYSTEM',
    'root',
    '0',
  ],
  riskyCapabilities: [
    'ALL',
    'SYS_ADMIN',
    'SYS_MODULE',
    'SYS_PTRACE',
    'SYS_RAWIO',
    'BPF',
    'NET_ADMIN',
    'SeDebugPrivilege',
    'SeLoadDriverPrivilege',
    'SeTcbPrivilege',
  ],
  hostAccessApprovals: {},
  tenantPolicies: {},
  templateSharing: 'own-boundary',
  advisories: { evictRunning: true },
  waitingOrder: { priorityStepMs: 60_000, tenantWeights: {} },
  preemption: { fromPriority: null, otherTenants: false },
  kernelPatienceMs: 2_000,
  utilityVmReserve: { cpuMillis: 100, memoryMiB: 1_012 },
  utilityVmsPerHostMax: null,
  compatibilityVersion: 1,
};
