import type { BrokenWall } from '../advisory/events.js';
import type { DecisionInputs, DecisionWarning, Isolation } from './decision.js';

type OtherWall = Exclude<BrokenWall, 'shared-kernel'>;

const brokenTexts: Readonly<Record<OtherWall, string>> = {
  hypervisor: 'the hypervisor, which is the wall of this utility VM',
  'image-import': 'the unpacking of images, before any wall stands',
};

/**
 * What the host's build is known to break beyond its shared kernel. Nothing better than a utility VM is
 * there, and a silo would be worse, so this never changes the answer; one warning for each wall.
 */
export function advisoryWarnings(
  { hostVersion, otherAdvisories }: DecisionInputs,
  isolation: Isolation,
): readonly DecisionWarning[] {
  if (hostVersion === null || otherAdvisories.length === 0) return [];
  const walls = new Set(otherAdvisories.map(({ wall }) => wall));
  // A silo does not stand behind the hypervisor.
  if (isolation === 'process') walls.delete('hypervisor');
  const { build, revision } = hostVersion;
  return [...walls].sort().map((wall) => ({
    code: 'open-advisory' as const,
    because: `an open advisory of build ${build}.${revision} breaks ${brokenTexts[wall]}`,
  }));
}
