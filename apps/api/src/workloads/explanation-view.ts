import type { FleetExplanation, IsolationExplanation } from '@bulkhead/domain';
import type { RequestProblem } from '../problems/problem.js';
import type { PlacementView, ToldView, TurnedAwayView } from './explanation.schema.js';

/** What a decision says rule by rule. It names no host. */
export function toldView(explained: IsolationExplanation): ToldView {
  const { refusal, isolation, trustBoundary, rules, warnings } = explained;
  const fired = rules.filter(({ outcome }) => outcome === 'fired');
  const detail = fired.map(({ because }) => because).join('; ');
  return {
    refusal: refusal === null ? null : { ...refusal, detail },
    isolation,
    boundary: trustBoundary,
    rules: rules.map(({ promise, reads, inputs, ...rule }) => ({
      ...rule,
      mayBeOff: promise === null,
      reads: [...reads],
      inputs: { ...inputs },
    })),
    warnings: [...warnings],
    policyVersion: explained.policyVersion,
    compatibilityVersion: explained.compatibilityVersion,
  };
}

/** What the submission would be answered before any rule is asked. */
export function turnedAwayView({ facts }: RequestProblem): TurnedAwayView {
  const { status, code, title, detail = title } = facts;
  return { status, code, detail };
}

/** Where it would go, with the hosts by their real ids: for operators only. */
export function placementView({ position, placement }: FleetExplanation): PlacementView | null {
  if (placement === null) return null;
  const { outcome, waits, chosen, walls } = placement;
  return {
    position,
    outcome,
    waits,
    chosen:
      chosen === null
        ? null
        : {
            hostId: chosen.hostId,
            reserved: chosen.reserved,
            claimsKernel: chosen.claimsKernel,
            decision: toldView(chosen.decision),
          },
    walls: walls.map(({ isolation, able, turnedDown }) => ({
      isolation,
      able: { count: able.count, hosts: able.hosts.map(ableView) },
      turnedDown: turnedDown.map(({ cause, count, hosts }) => ({
        cause,
        count,
        hosts: hosts.map(({ hostId, detail }) => ({ hostId, detail })),
      })),
    })),
  };
}

type Able = NonNullable<FleetExplanation['placement']>['walls'][number]['able']['hosts'][number];

function ableView({ hostId, kernelFirst, points }: Able) {
  const preferences = Object.fromEntries(points.map(({ id, points: some }) => [id, some]));
  const total = points.reduce((sum, { points: some }) => sum + some, 0);
  return { hostId, kernelFirst, preferences, points: total };
}
