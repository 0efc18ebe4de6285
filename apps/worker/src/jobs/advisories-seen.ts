import {
  type AdvisoryId,
  advisoriesAgainstStart,
  type Fleet,
  type FleetHost,
  type Isolation,
  type StreamId,
  type TimeMs,
} from '@bulkhead/domain';

/** The advisories that speak against a start, and the streams that must not move on before it is recorded. */
export interface AdvisoriesSeen {
  readonly kernelBrokenBy: readonly AdvisoryId[];
  readonly guards: readonly { readonly stream: StreamId; readonly version: number }[];
}

/** A utility VM has a kernel of its own, so that nothing about the host's has to be guarded for it. */
export function seenAdvisories(
  fleet: Fleet,
  host: FleetHost,
  isolation: Isolation,
  nowMs: TimeMs,
): AdvisoriesSeen {
  if (isolation === 'hyperv') return { kernelBrokenBy: [], guards: [] };
  const { brokenBy, dependsOnPolicy } = advisoriesAgainstStart(fleet, host, nowMs);
  const advisories = { stream: 'advisories' as const, version: fleet.advisoriesVersion };
  const policy = { stream: 'policy' as const, version: fleet.policy.version };
  return {
    kernelBrokenBy: brokenBy,
    guards: dependsOnPolicy ? [advisories, policy] : [advisories],
  };
}
