import type { AdvisoryId, TemplateId, TenantId } from '../ids.js';
import type { OsVersion } from '../image/events.js';
import type { Policy } from '../policy/events.js';
import type { TrustBoundary, TrustLevel } from '../tenant/events.js';
import type { TemplateFacts, TemplateRetirement } from '../vm-template/events.js';

export type CloneRuleId = 'template-void' | 'template-boundary';

/** Somebody whose clone holds pages of a template now, with the trust of now and the boundary of its start. */
export interface Sharer {
  readonly tenantId: TenantId;
  readonly trust: TrustLevel;
  readonly trustBoundary: TrustBoundary;
}

/** What is true of a template's host and image now, whoever would clone it. */
export interface TemplateInputs {
  readonly template: TemplateFacts;
  /** Of the host now; null where it has none. */
  readonly bootId: string | null;
  readonly hostVersion: OsVersion | null;
  readonly imageRevoked: boolean;
  /** Open advisories that break the hypervisor, or the import of images, on hosts of that version. */
  readonly openAdvisories: readonly AdvisoryId[];
  readonly sharers: readonly Sharer[];
}

/** Everything that is looked at before a utility VM is cloned: the tenant is the one whose workload it is for. */
export interface CloneInputs extends TemplateInputs {
  readonly trust: TrustLevel;
  readonly trustBoundary: TrustBoundary;
}

export interface CloneRule {
  readonly id: CloneRuleId;
  readonly text: string;
  readonly reads: readonly (keyof CloneInputs | 'policy')[];
  /** It keeps one, so policy cannot switch it off. */
  readonly promise: number;
  /** The reason why the utility VM is not cloned from this template, null where the rule lets it. */
  readonly turnsDown: (inputs: CloneInputs, policy: Policy) => string | null;
}

/**
 * Whether a utility VM may start from a saved one, instead of booting. Each rule is asked of each template
 * of the image on the host; where every template is turned down, it boots, which takes longer and is never
 * weaker.
 */
export const cloneRules: readonly CloneRule[] = [
  {
    id: 'template-void',
    text: 'Nothing is cloned from a template of another boot or build of its host, of a revoked image, while an open advisory breaks the hypervisor or the import of images, that policy would not have saved, or of which a tenant that is trusted no more holds pages.',
    reads: [
      'template',
      'bootId',
      'hostVersion',
      'imageRevoked',
      'openAdvisories',
      'sharers',
      'policy',
    ],
    promise: 3,
    turnsDown: (inputs, policy) => voidBecause(inputs, policy)?.detail ?? null,
  },
  {
    id: 'template-boundary',
    text: 'A utility VM is cloned only from a template of its own trust boundary; where policy lets trusted boundaries share, also from one whose clones all belong to trusted tenants.',
    reads: ['template', 'trust', 'trustBoundary', 'sharers', 'policy'],
    promise: 2,
    turnsDown: ({ template, trust, trustBoundary, sharers }, policy) => {
      const others = sharers.filter((sharer) => sharer.trustBoundary !== trustBoundary);
      if (template.sharing === 'own-boundary') {
        const isOwn = template.trustBoundary === trustBoundary && others.length === 0;
        return isOwn ? null : 'the template is for another trust boundary';
      }
      if (trust !== 'trusted') return 'the template is for trusted tenants, and this one is not';
      if (others.length > 0 && policy.templateSharing === 'own-boundary') {
        return 'clones of another trust boundary hold its pages';
      }
      return others.every((sharer) => sharer.trust === 'trusted')
        ? null
        : 'a clone of a tenant that is not trusted holds its pages';
    },
  },
];

/** Why nobody may clone it any more, so that it is retired; null while it is as good as it was. */
export function voidBecause(
  inputs: TemplateInputs,
  policy: Policy,
): { readonly cause: TemplateRetirement; readonly detail: string } | null {
  const { template, bootId, hostVersion, imageRevoked, openAdvisories, sharers } = inputs;
  if (bootId !== template.bootId || !isSameVersion(hostVersion, template.hostVersion)) {
    return { cause: 'host-booted', detail: 'it was saved in another boot of the host' };
  }
  if (imageRevoked) return { cause: 'image-revoked', detail: 'its image was revoked' };
  if (openAdvisories.length > 0) {
    const detail = `open advisories of the host's build: ${openAdvisories.join(', ')}`;
    return { cause: 'open-advisory', detail };
  }
  if (policy.templates === undefined) {
    return { cause: 'policy-changed', detail: 'policy lets no host save templates' };
  }
  if (template.sharing === 'own-boundary') return null;
  if (policy.templateSharing !== 'trusted-boundaries') {
    return { cause: 'policy-changed', detail: 'policy lets no boundaries share templates' };
  }
  return sharers.every(({ trust }) => trust === 'trusted')
    ? null
    : { cause: 'trust-changed', detail: 'a tenant whose clone holds its pages is trusted no more' };
}

/** Why a template was not taken. */
export interface CloneReason {
  readonly templateId: TemplateId;
  readonly rule: CloneRuleId;
  readonly because: string;
}

/** What a start decided about the templates of its image on the host. */
export interface CloneDecision {
  /** The one that its utility VM is cloned from; null where it boots. */
  readonly templateId: TemplateId | null;
  readonly reasons: readonly CloneReason[];
  /** Whose clones held pages of that template then. */
  readonly sharers: readonly Sharer[];
  readonly policyVersion: number;
}

/**
 * The first template that no rule turns down, with what turned down those before it. `candidates` are the
 * saved templates of the workload's image on its host. Answers null where there are none: nothing was decided.
 */
export function decideClone(
  tenant: Pick<CloneInputs, 'trust' | 'trustBoundary'>,
  candidates: readonly TemplateInputs[],
  policy: Policy,
  policyVersion: number,
): CloneDecision | null {
  if (candidates.length === 0) return null;
  const reasons: CloneReason[] = [];
  for (const candidate of candidates) {
    const { templateId } = candidate.template;
    const fired = firedRules({ ...candidate, ...tenant }, policy);
    if (fired.length === 0)
      return { templateId, reasons, sharers: candidate.sharers, policyVersion };
    reasons.push(...fired.map((reason) => ({ templateId, ...reason })));
  }
  return { templateId: null, reasons, sharers: [], policyVersion };
}

function firedRules(inputs: CloneInputs, policy: Policy): Omit<CloneReason, 'templateId'>[] {
  return cloneRules.flatMap(({ id: rule, turnsDown }) => {
    const because = turnsDown(inputs, policy);
    return because === null ? [] : [{ rule, because }];
  });
}

function isSameVersion(a: OsVersion | null, b: OsVersion): boolean {
  return (
    a !== null &&
    a.major === b.major &&
    a.minor === b.minor &&
    a.build === b.build &&
    a.revision === b.revision
  );
}
