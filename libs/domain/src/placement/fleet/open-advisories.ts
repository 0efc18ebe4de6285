import { affects, isOpenAt } from '../../advisory/affects.js';
import type { TimeMs } from '../../event.js';
import type { OsVersion } from '../../image/events.js';
import type { DecisionInputs } from '../../isolation/decision.js';
import type { Policy } from '../../policy/events.js';
import type { Fleet, StandingAdvisory } from './fleet.js';

/** Tells whether an open advisory breaks kernels of a version for their silos. */
export type BreaksKernel = (version: OsVersion) => boolean;

/** Those that are open and break the kernel of a host of this version for its silos, in the order of their publication. */
export function kernelAdvisories(
  fleet: Fleet,
  version: OsVersion,
  nowMs: TimeMs,
): readonly StandingAdvisory[] {
  return openOn(fleet, version, nowMs).filter(
    ({ published }) => published.wall === 'shared-kernel',
  );
}

/** What a decision for a host of this version looks at. */
export function advisoryInputs(
  fleet: Fleet,
  version: OsVersion | null,
  nowMs: TimeMs,
): Pick<DecisionInputs, 'openAdvisories' | 'otherAdvisories'> {
  const open = version === null ? [] : openOn(fleet, version, nowMs);
  return {
    openAdvisories: open.flatMap(({ published: { advisoryId, wall } }) =>
      wall === 'shared-kernel' ? [advisoryId] : [],
    ),
    otherAdvisories: open.flatMap(({ published: { advisoryId, wall } }) =>
      wall === 'shared-kernel' ? [] : [{ advisoryId, wall }],
    ),
  };
}

/** Which kernels take no new silo now; null where no advisory is open, or policy has switched the rule off. */
export function brokenKernels(fleet: Fleet, policy: Policy, nowMs: TimeMs): BreaksKernel | null {
  if (fleet.advisories.size === 0 || !advisoriesHold(policy)) return null;
  const open = [...fleet.advisories.values()].filter(
    ({ published }) => published.wall === 'shared-kernel' && isOpenAt(published, nowMs),
  );
  if (open.length === 0) return null;
  return (version) => open.some(({ published }) => affects(published, version));
}

/** Whether policy lets an advisory say anything. */
export function advisoriesHold(policy: Policy): boolean {
  return !policy.rulesOff.includes('open-advisory');
}

/** When the next window ends by itself, after which there may be kernels that are none now; null for never. */
export function nextWindowEnd(fleet: Fleet, nowMs: TimeMs): TimeMs | null {
  let next: TimeMs | null = null;
  for (const { published } of fleet.advisories.values()) {
    const { untilMs } = published.window;
    if (untilMs !== null && untilMs > nowMs && (next === null || untilMs < next)) next = untilMs;
  }
  return next;
}

function openOn(fleet: Fleet, version: OsVersion, nowMs: TimeMs): StandingAdvisory[] {
  if (fleet.advisories.size === 0) return [];
  return [...fleet.advisories.values()].filter(
    ({ published }) => isOpenAt(published, nowMs) && affects(published, version),
  );
}
