import { describe, expect, it } from 'vitest';
import { idOf, policy as policy1, windows } from '../../../../test/domain/builders.js';
import { templateFacts, templatePolicy } from '../../../../test/domain/templates.js';
import type { TemplateId, TenantId } from '../ids.js';
import type { Policy } from '../policy/events.js';
import { type CloneInputs, type CloneRuleId, decideClone, type Sharer } from './clone-rules.js';

const policy: Policy = { ...policy1, templates: templatePolicy };
const sharing: Policy = { ...policy, templateSharing: 'trusted-boundaries' };
const own = templateFacts();
const shared = templateFacts({ sharing: 'trusted-boundaries' });
const sharer = (changes: Partial<Sharer> = {}): Sharer => ({
  tenantId: idOf('ten', 2) as TenantId,
  trust: 'trusted',
  trustBoundary: 'group:red',
  ...changes,
});
const tenant = { trust: 'trusted', trustBoundary: 'group:red' } as const;
const inputs = (changes: Partial<CloneInputs> = {}): CloneInputs => ({
  ...tenant,
  template: own,
  bootId: own.bootId,
  hostVersion: own.hostVersion,
  imageRevoked: false,
  openAdvisories: [],
  sharers: [],
  ...changes,
});

/** The rules that turn this template down for this tenant. */
function turnedDownBy(changes: Partial<CloneInputs>, under: Policy = policy): CloneRuleId[] {
  const asked = inputs(changes);
  return decideClone(asked, [asked], under, 2)?.reasons.map(({ rule }) => rule) ?? [];
}

describe('a utility VM may be cloned', () => {
  it('from a template of its own trust boundary, whatever its trust', () => {
    for (const trust of ['trusted', 'standard', 'hostile'] as const) {
      expect(turnedDownBy({ trust })).toEqual([]);
      expect(turnedDownBy({ trust, sharers: [sharer({ trust })] })).toEqual([]);
    }
  });

  it('from a template that trusted boundaries share, by a trusted tenant', () => {
    const blue = { template: shared, trustBoundary: 'group:blue' } as const;
    expect(turnedDownBy({ ...blue, sharers: [sharer()] }, sharing)).toEqual([]);
  });
});

describe('a utility VM boots rather than being cloned', () => {
  const blue = 'group:blue';
  it.each([
    ['of another boundary', { trustBoundary: blue }, policy, ['template-boundary']],
    [
      'of another boundary, although policy lets trusted boundaries share others',
      { trustBoundary: blue },
      sharing,
      ['template-boundary'],
    ],
    [
      'that is for trusted tenants, by one that is not',
      { template: shared, trust: 'standard' },
      sharing,
      ['template-boundary'],
    ],
    [
      'of which a tenant that is trusted no more holds a clone',
      { template: shared, sharers: [sharer({ trust: 'hostile', trustBoundary: blue })] },
      sharing,
      ['template-void', 'template-boundary'],
    ],
    [
      'that boundaries share, which policy no longer lets them',
      { template: shared, sharers: [sharer({ trustBoundary: blue })] },
      policy,
      ['template-void', 'template-boundary'],
    ],
    ['of a revoked image', { imageRevoked: true }, policy, ['template-void']],
    ['of an earlier boot', { bootId: 'boot-2' }, policy, ['template-void']],
    ['of a host that is gone', { bootId: null, hostVersion: null }, policy, ['template-void']],
    ['of another build', { hostVersion: windows(20348, 2) }, policy, ['template-void']],
    [
      'while an advisory breaks the hypervisor',
      { openAdvisories: [idOf('adv', 1) as `adv_${string}`] },
      policy,
      ['template-void'],
    ],
    ['where policy lets no host save templates', {}, policy1, ['template-void']],
  ] as const)('from a template %s', (_title, changes, under, rules) => {
    expect(turnedDownBy(changes, under)).toEqual(rules);
    const asked = inputs(changes);
    const decision = decideClone(asked, [asked], under, 2);
    expect(decision).toMatchObject({ templateId: null, sharers: [], policyVersion: 2 });
    for (const { because } of decision?.reasons ?? []) expect(because).toMatch(/\w+ \w+/);
  });

  it('where its host has no template of its image, and nothing was decided then', () => {
    expect(decideClone(tenant, [], policy, 2)).toBeNull();
  });
});

describe('of several templates', () => {
  it('the first is taken that no rule turns down, with what turned down those before it', () => {
    const old = inputs({ template: { ...own, bootId: 'boot-0' } });
    const templateId = idOf('tpl', 2) as TemplateId;
    const good = inputs({ template: { ...own, templateId }, sharers: [sharer()] });
    expect(decideClone(tenant, [old, good], policy, 7)).toEqual({
      templateId,
      reasons: [
        {
          templateId: own.templateId,
          rule: 'template-void',
          because: 'it was saved in another boot of the host',
        },
      ],
      sharers: [sharer()],
      policyVersion: 7,
    });
  });
});
