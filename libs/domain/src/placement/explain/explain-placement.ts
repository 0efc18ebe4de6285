import { BrokenInvariant, fold } from '../../decider.js';
import type { TimeMs } from '../../event.js';
import { type HostId, type ImageId, prefixedId, type TenantId } from '../../ids.js';
import { imageFacts } from '../../image/facts.js';
import type { Isolation } from '../../isolation/decision.js';
import { explainAnswer, type IsolationExplanation } from '../../isolation/explain.js';
import type { SubmitWorkload } from '../../workload/commands.js';
import { workloadDecider } from '../../workload/decide.js';
import { explainSubmission } from '../../workload/decide-submission.js';
import type { Resources, WorkloadRequest } from '../../workload/request.js';
import type { WorkloadState } from '../../workload/state.js';
import { type Fleet, imageOf, tenantOf } from '../fleet/fleet.js';
import { utilityVmsMaxOf } from '../host-index/standing.js';
import { hostShapes, type Proposal, propose, wantedOf } from '../propose.js';
import { allowedIsolations } from '../unrunnable.js';
import { explainHosts, type HostsExplanation } from './explain-hosts.js';

export interface PlacementQuestion {
  readonly tenantId: TenantId;
  readonly request: WorkloadRequest;
  /** Of the image that the request names. */
  readonly imageId: ImageId;
  readonly nowMs: TimeMs;
}

/** Where a submission would go now, if it were the next in line. */
export interface PlacementExplanation {
  /** `reject`: no host could ever take it. `settle`: a claim of a kernel is on its way, and decides. */
  readonly outcome: Proposal['kind'];
  /** Why it would wait; null where it would not. */
  readonly waits: { readonly cause: string; readonly detail: string } | null;
  /** The host that it would go to, and what every rule says there; null where it would go to none. */
  readonly chosen: {
    readonly hostId: HostId;
    readonly isolation: Isolation;
    readonly reserved: Resources;
    /** Whether it would be the first on a kernel that is free, and claim it for its boundary. */
    readonly claimsKernel: boolean;
    readonly decision: IsolationExplanation;
  } | null;
  /** For each wall that it may have, what became of every host. The first is the one that is tried first. */
  readonly walls: readonly ({ readonly isolation: Isolation } & HostsExplanation)[];
}

export interface FleetExplanation {
  /** The fleet is the one that the log told up to here. */
  readonly position: number;
  readonly floor: IsolationExplanation;
  /** Null where it would be refused whatever hosts there are. */
  readonly placement: PlacementExplanation | null;
}

/** Names a workload that does not exist. */
const NO_WORKLOAD = prefixedId('wl', '0'.repeat(32));

/**
 * What submission and placement would say to this request now. Both are asked themselves, so nothing
 * here can say anything else; the fleet stays as it is. Yields now and then, as `explainHosts` does.
 * @throws BrokenInvariant where no policy was published or the tenant is not registered
 */
export function* explainPlacement(
  fleet: Fleet,
  question: PlacementQuestion,
): Generator<undefined, FleetExplanation> {
  const command = submissionOf(fleet, question);
  const floor = explainSubmission(command);
  const { position } = fleet;
  // Without hosts nothing is refused over them, so that each of them can still say what it lacks.
  const decided = workloadDecider.decide({ ...command, hosts: [] }, workloadDecider.initialState);
  if (!decided.accepted) throw new BrokenInvariant(decided.rejection.detail);
  const workload = fold(workloadDecider, decided.events);
  if (workload.decision === null) return { position, floor, placement: null };
  return { position, floor, placement: yield* explainProposal(fleet, command, workload) };
}

function submissionOf(fleet: Fleet, question: PlacementQuestion): SubmitWorkload {
  const { tenantId, request, imageId, nowMs } = question;
  const { policy, version: policyVersion } = fleet.policy.state;
  const tenant = tenantOf(fleet, tenantId).state;
  if (policy === null || tenant.tenantId === null) {
    throw new BrokenInvariant('nothing can be explained without a policy and a tenant');
  }
  const { trust, trustBoundary } = tenant;
  const image = imageFacts(imageId, request.image, imageOf(fleet, imageId).state);
  const asked = { workloadId: NO_WORKLOAD, tenantId, batch: null, request, image, nowMs };
  const hosts = hostShapes(fleet);
  return { kind: 'submit-workload', ...asked, trust, trustBoundary, policy, policyVersion, hosts };
}

function* explainProposal(
  fleet: Fleet,
  { policy, policyVersion, request, nowMs }: SubmitWorkload,
  workload: WorkloadState,
): Generator<undefined, PlacementExplanation> {
  const { decision: floor } = workload;
  if (floor === null) throw new BrokenInvariant('a submission was accepted without a decision');
  const proposal = propose(fleet, workload, nowMs);
  const strictly = request.strict && request.isolation === 'process';
  // Copies, because what is taken of a host changes in place while others have their turn.
  const hosts = [...fleet.hosts.values()].map((host) => ({ ...host }));
  const from = { workload, decision: floor, policy, nowMs };
  const wants = allowedIsolations(floor.isolation, strictly).map((isolation) =>
    wantedOf(fleet, from, isolation),
  );
  const walls: PlacementExplanation['walls'][number][] = [];
  for (const wanted of wants) {
    walls.push({
      isolation: wanted.isolation,
      ...(yield* explainHosts(hosts, wanted, utilityVmsMaxOf(policy))),
    });
  }
  const { kind: outcome } = proposal;
  const waits =
    proposal.kind === 'defer' ? { cause: proposal.cause, detail: proposal.detail } : null;
  if (proposal.kind !== 'place') return { outcome, waits, chosen: null, walls };
  const { host, reserved, claimsKernel, decision } = proposal;
  const told = explainAnswer({ refused: false, decision }, policy, policyVersion);
  const { isolation } = decision;
  const chosen = { hostId: host.hostId, isolation, reserved, claimsKernel, decision: told };
  return { outcome, waits, chosen, walls };
}
