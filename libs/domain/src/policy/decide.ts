import { accept, type Decider, reject } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import { compatibilityTables } from '../isolation/compatibility.js';
import type { Policy, PolicyEvent, PolicyPublished } from './events.js';

export interface PolicyState {
  readonly version: number;
  readonly policy: Policy | null;
}

export interface PublishPolicy {
  readonly kind: 'publish-policy';
  /** One more than the version in force. */
  readonly version: number;
  readonly policy: Policy;
  readonly nowMs: TimeMs;
}

export const policyDecider: Decider<PublishPolicy, PolicyState, PolicyEvent> = {
  initialState: { version: 0, policy: null },
  decide: (command, state) => {
    if (command.version <= state.version) return accept();
    if (command.version !== state.version + 1) {
      return reject('POLICY_VERSION', `The next policy version is ${state.version + 1}.`);
    }
    const { policy, version, nowMs } = command;
    if (!compatibilityTables.some((table) => table.version === policy.compatibilityVersion)) {
      return reject('POLICY_COMPATIBILITY', 'The policy names an unknown compatibility table.');
    }
    return accept(event<PolicyPublished>('PolicyPublished', nowMs, { version, policy }));
  },
  evolve: (_state, event) => ({ ...event.payload }),
};

/**
 * What a new installation starts with. The reserve of a utility VM is 512 MiB of host memory (RuntimeClass
 * overhead, kubernetes-sigs/windows-testing PR 560) and 500 MiB of non-paged pool (PR 567); 100 mCPU as there.
 */
export const policyVersion1: Policy = {
  trustedPublishers: ['microsoft'],
  kernelPatienceMs: 2_000,
  utilityVmReserve: { cpuMillis: 100, memoryMiB: 1_012 },
  compatibilityVersion: 1,
};
