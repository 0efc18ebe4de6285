import { describe, expect, it } from 'vitest';
import {
  decisionInputs,
  idOf,
  image,
  policy,
  unknownImage,
  windows,
} from '../../../../test/domain/builders.js';
import type { AdvisoryId, TenantId } from '../ids.js';
import type { Policy } from '../policy/events.js';
import { decideIsolation } from './decide-isolation.js';
import type { DecisionInputs } from './decision.js';
import { tellRules } from './explain.js';

const tenantId = idOf('ten', 1) as TenantId;
const advisoryId = idOf('adv', 1) as AdvisoryId;
const stranger = image({ publisher: 'stranger' });

function ask(inputs: Partial<DecisionInputs>, changes: Partial<Policy> = {}) {
  return decideIsolation({
    inputs: decisionInputs(inputs),
    policy: { ...policy, ...changes },
    policyVersion: 1,
    unrunnableBecause: null,
  });
}

function rules(...question: Parameters<typeof ask>) {
  const answer = ask(...question);
  if (answer.refused) throw new Error(answer.code);
  const { isolation, reasons, silenced } = answer.decision;
  const ids = reasons.map(({ rule }) => rule);
  return { isolation, ids, silenced: silenced.map(({ rule }) => rule) };
}

const tenantPolicy = { floor: null, trustedPublishers: [], allowedCapabilities: [] };
const forTenant = (own: object) => ({
  tenantPolicies: { [tenantId]: { ...tenantPolicy, ...own } },
});

describe('what of the host a workload may have', () => {
  it('is nothing unless policy approves it for the tenant, kind by kind', () => {
    const hostAccess = ['host-pipe', 'device'] as const;
    expect(ask({ hostAccess })).toMatchObject({ refused: true, code: 'ISOLATION_REFUSED' });
    const pipe = { hostAccessApprovals: { [tenantId]: ['host-pipe' as const] } };
    expect(ask({ hostAccess }, pipe)).toMatchObject({
      reasons: [{ rule: 'host-access', because: 'policy does not approve device for this tenant' }],
    });
    expect(rules({ hostAccess: ['host-pipe'] }, pipe).ids).toEqual([]);
    expect(ask({ hostAccess: ['host-pipe'], tenantId: null }, pipe).refused).toBe(true);
  });

  it('is nothing for a hostile tenant, whatever policy approves', () => {
    const all = { hostAccessApprovals: { [tenantId]: ['host-process' as const] } };
    const answer = ask({ hostAccess: ['host-process'], trust: 'hostile' }, all);
    expect(answer).toMatchObject({ refused: true, reasons: [{ rule: 'host-access' }, {}] });
  });
});

describe('what policy calls elevated', () => {
  it.each([
    ['a user', { user: 'ContainerAdministrator' }],
    ['a user in another spelling', { user: 'containeradministrator' }],
    ['a capability', { capabilities: ['NET_BIND_SERVICE', 'SYS_ADMIN'] }],
    ['a capability in another spelling', { capabilities: ['cap_sys_admin'] }],
  ])('never shares a kernel: %s', (_title, inputs) => {
    expect(rules(inputs)).toMatchObject({ isolation: 'hyperv', ids: ['elevated'] });
  });

  it('is neither an ordinary user nor a harmless capability', () => {
    expect(rules({ user: 'ContainerUser', capabilities: ['NET_BIND_SERVICE'] }).ids).toEqual([]);
  });

  it('shares a kernel where policy allows the tenant the capability', () => {
    const allowed = forTenant({ allowedCapabilities: ['CAP_SYS_ADMIN'] });
    expect(rules({ capabilities: ['SYS_ADMIN'] }, allowed).ids).toEqual([]);
    expect(rules({ capabilities: ['SYS_ADMIN', 'BPF'] }, allowed).ids).toEqual(['elevated']);
    const other = idOf('ten', 2) as TenantId;
    expect(rules({ capabilities: ['SYS_ADMIN'], tenantId: other }, allowed).ids).toEqual([
      'elevated',
    ]);
  });
});

describe('a tenant that policy knows by name', () => {
  it('never shares a kernel where its floor is a utility VM', () => {
    expect(rules({}, forTenant({ floor: 'hyperv' }))).toMatchObject({
      isolation: 'hyperv',
      ids: ['tenant-floor'],
    });
  });

  it('may trust publishers that are not trusted for everybody', () => {
    const own = forTenant({ trustedPublishers: ['stranger'] });
    expect(rules({ image: stranger }, own).ids).toEqual([]);
    expect(rules({ image: stranger, tenantId: null }, own).ids).toEqual(['untrusted-publisher']);
    expect(rules({ image: unknownImage }, own).ids).toEqual(['untrusted-publisher']);
  });
});

describe('an open advisory', () => {
  it('gives a utility VM on the host whose build it breaks, and nowhere else', () => {
    const openAdvisories = [advisoryId];
    expect(rules({ hostVersion: windows(20348), openAdvisories })).toMatchObject({
      isolation: 'hyperv',
      ids: ['open-advisory'],
    });
    expect(rules({ hostVersion: windows(20348) }).ids).toEqual([]);
  });
});

describe('a rule that policy has switched off', () => {
  it('has no say, and the decision names what it would have demanded', () => {
    const off = { rulesOff: ['untrusted-publisher', 'elevated'] };
    expect(rules({ image: stranger, user: 'root' }, off)).toEqual({
      isolation: 'process',
      ids: [],
      silenced: ['untrusted-publisher', 'elevated'],
    });
    expect(rules({ user: 'ContainerUser' }, off).silenced).toEqual([]);
  });

  it('is none that keeps a promise, even if a policy says so', () => {
    const rulesOff = tellRules(policy).map(({ id }) => id);
    expect(rules({ trust: 'hostile', requested: 'hyperv', floor: 'hyperv' }, { rulesOff })).toEqual(
      { isolation: 'hyperv', ids: ['tenant-hostile', 'requested', 'never-lowered'], silenced: [] },
    );
    expect(ask({ hostAccess: ['device'] }, { rulesOff }).refused).toBe(true);
  });

  it('is told as off, and which rules can be', () => {
    const told = tellRules({ ...policy, rulesOff: ['elevated', 'tenant-hostile'] });
    const off = told.filter(({ on }) => !on).map(({ id }) => id);
    expect(off).toEqual(['elevated']);
    expect(told.filter(({ mayBeOff }) => mayBeOff).map(({ id }) => id)).toEqual([
      'tenant-floor',
      'untrusted-publisher',
      'elevated',
      'open-advisory',
      'kernel-unavailable',
    ]);
    expect(tellRules(null).every(({ on }) => on)).toBe(true);
  });
});
