import {
  type Clock,
  explainPlacement,
  type FleetExplanation,
  isId,
  tenantOf,
} from '@bulkhead/domain';
import { imageIdOf } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { RequestProblem } from '../../problems/problem.js';
import { notFound, unavailable } from '../../problems/problems.js';
import { CLOCK, NEXT_TURN, type NextTurn } from '../../sources.js';
import { requestOf } from '../../workloads/content.js';
import type { ExplanationView } from '../../workloads/explanation.schema.js';
import { placementView, toldView, turnedAwayView } from '../../workloads/explanation-view.js';
import type { SubmissionBody } from '../../workloads/submission.schema.js';
import { turnedAwayBecause } from '../../workloads/submission-command.js';
import { FleetFold } from './fleet-fold.js';

/** No content is kept, so there is nothing to make a hash of. */
const NO_CONTENT = '0'.repeat(64);

/** What a tenant's submission would be answered and where it would go: for operators. */
export class ExplainPlacement extends Query<ExplanationView> {
  constructor(
    readonly tenant: string,
    readonly submission: SubmissionBody,
  ) {
    super();
  }
}

/**
 * Tenant, image, policy and hosts all come from one fold, so that they fit each other. A large fleet is
 * looked at in turns, so that nobody else waits for it. What the submission itself would be turned away
 * over stands beside what rules and hosts say, which the operator may want to know before that is lifted.
 */
@QueryHandler(ExplainPlacement)
export class ExplainPlacementHandler implements IQueryHandler<ExplainPlacement> {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NEXT_TURN) private readonly nextTurn: NextTurn,
    private readonly fold: FleetFold,
  ) {}

  async execute({ tenant, submission }: ExplainPlacement): Promise<ExplanationView> {
    if (!isId('ten', tenant)) throw notFound('tenant');
    const fleet = await this.fold.current();
    const { state } = tenantOf(fleet, tenant);
    if (state.tenantId === null) throw notFound('tenant');
    const { policy } = fleet.policy.state;
    if (policy === null) throw unavailable('NO_POLICY', 'No policy was published yet.');
    const { image } = submission;
    const request = requestOf(submission, NO_CONTENT);
    const turnedAway = turnedAwayBecause({ tenant: state, policy }, request);
    const steps = explainPlacement(fleet, {
      tenantId: tenant,
      request,
      imageId: imageIdOf(image),
      nowMs: this.clock(),
    });
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done) return viewOf(tenant, image, step.value, turnedAway);
      await this.nextTurn();
    }
  }
}

function viewOf(
  tenant: string,
  image: string,
  explained: FleetExplanation,
  turnedAway: RequestProblem | null,
): ExplanationView {
  return {
    ...{ tenant, image, turnedAway: turnedAway === null ? null : turnedAwayView(turnedAway) },
    ...toldView(explained.floor),
    placement: placementView(explained),
  };
}
