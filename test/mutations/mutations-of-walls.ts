import { isolationRules } from '@bulkhead/domain';
import { type Mutation, plant } from './mutation.js';

const allRules = 'for (const rule of isolationRules) {\n    const because';

/** Each rule left out in turn, and what else makes walls weaker than they were decided. */
export const mutationsOfWalls: readonly Mutation[] = [
  ...isolationRules.map(({ id }) =>
    plant(
      `forgets the rule ${id}`,
      'isolation/decide-isolation.ts',
      allRules,
      allRules.replace('{\n', `{\n    if (rule.id === '${id}') continue;\n`),
    ),
  ),
  plant(
    'raises a strict request instead of refusing it',
    'isolation/decide-isolation.ts',
    "const strictly = inputs.requested === 'process' && inputs.strict && isolation === 'hyperv';",
    'const strictly = false;',
  ),
  plant(
    'forgets at a retry what was decided before',
    'placement/propose.ts',
    'floor: decision?.isolation ?? null,',
    'floor: null,',
  ),
  {
    bug: 'lowers the wall at a retry, and lets that into the log',
    edits: [
      {
        file: 'placement/propose.ts',
        find: 'floor: decision?.isolation ?? null,',
        replace: 'floor: null,',
      },
      {
        file: 'workload/decide-placement.ts',
        find: "if (state.decision?.isolation === 'hyperv' && isolation === 'process') {",
        replace: 'if (attempt < 0) {',
      },
    ],
  },
  plant(
    'lets policy switch off a rule that keeps a promise',
    'policy/problems.ts',
    'if (rule.promise === null) return [];',
    'if (rule.promise !== 0) return [];',
  ),
  plant(
    'obeys a policy that switches off a rule that keeps a promise',
    'isolation/rule.ts',
    'return rule.promise !== null || !policy.rulesOff.includes(rule.id);',
    'return !policy.rulesOff.includes(rule.id);',
  ),
  plant(
    'runs newer images in silos of older kernels',
    'isolation/compatibility.ts',
    'return oldestSiloBuild(host.build, table) <= wanted.build && wanted.build <= host.build;',
    'return oldestSiloBuild(host.build, table) <= wanted.build;',
  ),
  plant(
    'forgets that an image was revoked while its workload waited',
    'placement/fleet/image-now.ts',
    'return revoked === image.revoked ? image : { ...image, revoked: revoked || image.revoked };',
    'return revoked === image.revoked ? image : { ...image };',
  ),
  plant(
    'puts a utility VM on a host without Hyper-V',
    'placement/unrunnable.ts',
    'host.hypervPresent && canRunInUtilityVm(host.osVersion, image)',
    'canRunInUtilityVm(host.osVersion, image)',
  ),
  plant(
    'has no patience for a kernel of the boundary',
    'placement/propose.ts',
    'return nowMs >= patienceEndsMs',
    'return nowMs >= 0',
  ),
];
