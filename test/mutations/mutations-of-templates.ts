import { cloneRules } from '@bulkhead/domain';
import { type Mutation, plant } from './mutation.js';

const rules = 'isolation/clone-rules.ts';
const clones = 'placement/templates/clones.ts';
const wanted = 'placement/templates/wanted-templates.ts';
const folded = 'placement/fleet/fleet-templates.ts';

const asked = 'const because = turnsDown(inputs, policy);';

/** Each rule left out in turn, and what else lets utility VMs share pages, or be saved, that must not. */
export const mutationsOfTemplates: readonly Mutation[] = [
  ...cloneRules.map(({ id }) =>
    plant(
      `forgets the rule ${id}`,
      rules,
      asked,
      `const because = rule === '${id}' ? null : turnsDown(inputs, policy);`,
    ),
  ),
  plant(
    "clones other boundaries' templates",
    rules,
    'const isOwn = template.trustBoundary === trustBoundary && others.length === 0;',
    'const isOwn = others.length === 0;',
  ),
  plant(
    'clones shared templates for tenants that are not trusted',
    rules,
    "if (trust !== 'trusted') return",
    "if (trust === 'hostile') return",
  ),
  plant(
    'keeps a shared template although one who holds its pages is trusted no more',
    rules,
    "return sharers.every(({ trust }) => trust === 'trusted')\n    ? null",
    'return sharers.length >= 0\n    ? null',
  ),
  plant(
    'clones from another boot of the host',
    rules,
    'if (bootId !== template.bootId || !isSameVersion(hostVersion, template.hostVersion)) {',
    'if (!isSameVersion(hostVersion, template.hostVersion)) {',
  ),
  plant(
    'clones revoked images',
    clones,
    'imageRevoked: imageOf(fleet, template.image.imageId).state.revoked,',
    'imageRevoked: false,',
  ),
  plant(
    'clones although an advisory breaks the hypervisor',
    clones,
    'openAdvisories: otherAdvisories.map(({ advisoryId }) => advisoryId),',
    'openAdvisories: otherAdvisories.slice(otherAdvisories.length).map(({ advisoryId }) => advisoryId),',
  ),
  plant(
    'gives an attempt another template when its start is authorized again',
    clones,
    '!isAgain || templateId === attempt.clonedFrom?.templateId',
    'isAgain || templateId !== attempt.clonedFrom?.templateId',
  ),
  plant(
    'clones although the template was retired meanwhile',
    clones,
    '    { stream: chosen.templateId, version: chosen.version },\n',
    '',
  ),
  plant(
    'saves images of which nobody knows what boots',
    wanted,
    'return registered !== null && !revoked;',
    'return !revoked;',
  ),
  plant(
    'shares what a publisher made that nobody trusts',
    wanted,
    "return trust === 'trusted' && isTrusted ? templateSharing : 'own-boundary';",
    "return trust === 'trusted' ? templateSharing : 'own-boundary';",
  ),
  plant(
    'saves more templates on a host than policy allows',
    wanted,
    'live.length >= perHostMax || ',
    '',
  ),
  plant(
    'sends utility VMs to hosts whose template was retired',
    folded,
    "if (event.type === 'TemplateRetired' && before.stage === 'saved' && before.template !== null) {",
    "if (event.type === 'TemplateRetired' && before.stage === 'retired' && before.template !== null) {",
  ),
  plant(
    "sends utility VMs to hosts that have other boundaries' templates",
    folded,
    "sharing === 'own-boundary' ? trustBoundary : SHARED",
    "sharing === 'own-boundary' ? SHARED : trustBoundary",
  ),
  plant(
    'forgets whose clones hold the pages of a template',
    folded,
    'holders.set(attempt.computeSystemId, { tenantId, trustBoundary });',
    'holders.delete(attempt.computeSystemId);',
  ),
  plant(
    'goes on counting a clone that was released',
    folded,
    'holders?.delete(attempt.computeSystemId);',
    'holders?.delete(attempt.computeSystemId.slice(1) as ComputeSystemId);',
  ),
];
