import { describe, expect, it } from 'vitest';
import { idOf, NOW_MS, policy } from '../../../../test/domain/builders.js';
import { given } from '../../../../test/domain/specification.js';
import { placerDecider } from '../placer/decide.js';
import { upcast, upcasters } from '../upcast.js';
import { policyDecider } from './decide.js';
import type { PolicyPublished } from './events.js';
import { type ProposedPolicy, policyProblems } from './problems.js';

const publish = (version: number, compatibilityVersion = 1) =>
  ({
    kind: 'publish-policy',
    version,
    policy: { ...policy, compatibilityVersion },
    nowMs: NOW_MS,
  }) as const;

describe('a policy', () => {
  const first = given(policyDecider, given(policyDecider, []).when(publish(1)).history);

  it('is published in versions that follow each other', () => {
    given(policyDecider, [])
      .when(publish(1))
      .thenEvents(['PolicyPublished', { version: 1 }]);
    first.when(publish(2)).thenEvents(['PolicyPublished', { version: 2 }]);
    first.when(publish(3)).thenRejected('POLICY_VERSION');
  });

  it('is not changed by a version that was published before', () => {
    first.when(publish(1)).thenNothing();
  });
});

describe('a proposed policy', () => {
  const problemsOf = (changes: Partial<ProposedPolicy>) =>
    policyProblems({ ...policy, ...changes }).map(({ code, pointer }) => `${code} ${pointer}`);
  const tenantId = idOf('ten', 1);
  const own = { floor: null, trustedPublishers: [], allowedCapabilities: [] };

  it('is published when nothing is wrong with it', () => {
    expect(problemsOf({})).toEqual([]);
    const everything = {
      rulesOff: ['untrusted-publisher', 'elevated', 'tenant-floor', 'open-advisory'],
      hostAccessApprovals: { [tenantId]: ['host-process', 'device'] },
      tenantPolicies: { [tenantId]: { ...own, floor: 'hyperv' } },
      templateSharing: 'trusted-boundaries',
      templates: { afterBoots: 1, perHostMax: 64, warmCopies: 0 },
      utilityVmsPerHostMax: 1,
      kernelPatienceMs: 0,
      waitingOrder: { priorityStepMs: 1_000, tenantWeights: { [tenantId]: 1_000 } },
    };
    expect(problemsOf(everything)).toEqual([]);
  });

  it.each([
    'tenant-hostile',
    'requested',
    'never-lowered',
    'foreign-os',
    'kernel-mismatch',
    'image-unrunnable',
    'host-access',
  ])('cannot switch off %s, because the rule keeps a promise', (rule) => {
    expect(problemsOf({ rulesOff: [rule] })).toEqual(['POLICY_BREAKS_PROMISE /rulesOff/0']);
  });

  it('says which promise it would break, and how', () => {
    const [found] = policyProblems({ ...policy, rulesOff: ['tenant-hostile'] });
    expect(found?.detail).toBe(
      'This would break promise 1: the rule tenant-hostile keeps it. A hostile tenant never shares a kernel.',
    );
  });

  it.each([
    ['a rule that does not exist', { rulesOff: ['x'] }, 'POLICY_UNKNOWN_RULE /rulesOff/0'],
    [
      'a publisher named twice',
      { trustedPublishers: ['a', 'a'] },
      'POLICY_DUPLICATE /trustedPublishers/1',
    ],
    [
      'a user named twice',
      { elevatedUsers: ['Root', 'root'] },
      'POLICY_DUPLICATE /elevatedUsers/1',
    ],
    [
      'a capability named twice',
      { riskyCapabilities: ['BPF', 'CAP_BPF'] },
      'POLICY_DUPLICATE /riskyCapabilities/1',
    ],
    [
      'access that cannot be approved',
      { hostAccessApprovals: { [tenantId]: ['root'] } },
      `POLICY_UNKNOWN_VALUE /hostAccessApprovals/${tenantId}/0`,
    ],
    [
      'what is no tenant',
      { tenantPolicies: { everybody: own } },
      'POLICY_UNKNOWN_TENANT /tenantPolicies/everybody',
    ],
    [
      'a floor that would lower',
      { tenantPolicies: { [tenantId]: { ...own, floor: 'process' } } },
      `POLICY_BREAKS_PROMISE /tenantPolicies/${tenantId}/floor`,
    ],
    [
      'templates shared across boundaries that are not trusted',
      { templateSharing: 'all-boundaries' },
      'POLICY_BREAKS_PROMISE /templateSharing',
    ],
    [
      'templates before anything has booted',
      { templates: { afterBoots: 0, perHostMax: 1, warmCopies: 0 } },
      'POLICY_TEMPLATES /templates/afterBoots',
    ],
    [
      'templates of which no host may have any',
      { templates: { afterBoots: 1, perHostMax: 0, warmCopies: 0 } },
      'POLICY_TEMPLATES /templates/perHostMax',
    ],
    [
      'more ready copies than a host can use',
      { templates: { afterBoots: 1, perHostMax: 1, warmCopies: 65 } },
      'POLICY_TEMPLATES /templates/warmCopies',
    ],
    [
      'a utility VM that costs no memory',
      { utilityVmReserve: { cpuMillis: 0, memoryMiB: 0 } },
      'POLICY_RESERVE /utilityVmReserve/memoryMiB',
    ],
    [
      'a negative reserve of CPU',
      { utilityVmReserve: { cpuMillis: -1, memoryMiB: 1 } },
      'POLICY_RESERVE /utilityVmReserve/cpuMillis',
    ],
    [
      'a step of priority that is worth nothing',
      { waitingOrder: { priorityStepMs: 0, tenantWeights: {} } },
      'POLICY_PRIORITY_STEP /waitingOrder/priorityStepMs',
    ],
    [
      'preemption from a priority that does not exist',
      { preemption: { fromPriority: 101, otherTenants: false } },
      'POLICY_PREEMPTION /preemption/fromPriority',
    ],
    [
      'preemption of other tenants where there is none at all',
      { preemption: { fromPriority: null, otherTenants: true } },
      'POLICY_PREEMPTION /preemption/otherTenants',
    ],
    [
      'a tenant that weighs nothing',
      { waitingOrder: { priorityStepMs: 60_000, tenantWeights: { [tenantId]: 0 } } },
      `POLICY_WEIGHT /waitingOrder/tenantWeights/${tenantId}`,
    ],
    [
      'the weight of what is no tenant',
      { waitingOrder: { priorityStepMs: 60_000, tenantWeights: { everybody: 1 } } },
      'POLICY_UNKNOWN_TENANT /waitingOrder/tenantWeights/everybody',
    ],
    [
      'boots of empty hosts in a time that never comes',
      { rebootEmptyAfterMs: 86_400_001 },
      'POLICY_REBOOT /rebootEmptyAfterMs',
    ],
    ['negative patience', { kernelPatienceMs: -1 }, 'POLICY_PATIENCE /kernelPatienceMs'],
    [
      'hosts without utility VMs',
      { utilityVmsPerHostMax: 0 },
      'POLICY_UTILITY_VMS /utilityVmsPerHostMax',
    ],
    [
      'a compatibility table that does not exist',
      { compatibilityVersion: 99 },
      'POLICY_COMPATIBILITY /compatibilityVersion',
    ],
  ])('is turned down for %s', (_title, changes, expected) => {
    expect(problemsOf(changes)).toEqual([expected]);
  });

  it('is turned down with everything that is wrong with it at once', () => {
    const bad = { rulesOff: ['requested', 'x'], kernelPatienceMs: -1 };
    const command = { ...publish(1), policy: { ...policy, ...bad } };
    const { decided } = given(policyDecider, []).when(command);
    expect(decided).toMatchObject({
      accepted: false,
      rejection: {
        code: 'POLICY_BREAKS_PROMISE',
        problems: [
          { code: 'POLICY_BREAKS_PROMISE' },
          { code: 'POLICY_UNKNOWN_RULE' },
          { code: 'POLICY_PATIENCE' },
        ],
      },
    });
    given(policyDecider, []).when(publish(1, 99)).thenRejected('POLICY_INVALID');
  });

  it('of version 1 decides as it did: every rule on, nobody elevated, nothing approved', () => {
    const { trustedPublishers, kernelPatienceMs, utilityVmReserve, compatibilityVersion } = policy;
    const stored = { trustedPublishers, kernelPatienceMs, utilityVmReserve, compatibilityVersion };
    const payload = { version: 1, policy: stored };
    const old = { type: 'PolicyPublished', schemaVersion: 1, payload };
    const { policy: read } = upcast(upcasters, old, 4) as PolicyPublished['payload'];
    expect(read).toMatchObject({ ...stored, rulesOff: [], elevatedUsers: [] });
    expect(policyProblems(read)).toEqual([]);
  });
});

describe('a takeover of the placer', () => {
  const takeOver = (owner: string) => ({ kind: 'take-over', owner, nowMs: NOW_MS }) as const;

  it('begins the next term, also for whoever was in office before', () => {
    const first = given(placerDecider, []).when(takeOver('a'));
    first.thenEvents(['PlacerTookOver', { owner: 'a', term: 1 }]);
    given(placerDecider, first.history)
      .when(takeOver('a'))
      .thenEvents(['PlacerTookOver', { owner: 'a', term: 2 }]);
  });
});
