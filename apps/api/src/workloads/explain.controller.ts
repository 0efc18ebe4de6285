import { Body, Controller, Post, Query } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiTags } from '@nestjs/swagger';
import { z } from 'zod';
import { ExplainPlacement } from '../audit/fleet/explain-placement.handler.js';
import { type Caller, CurrentCaller } from '../auth/caller.js';
import { ApiRoute } from '../http/api-route.js';
import { invalidRequest } from '../problems/problems.js';
import { ExplainWorkload } from './explain-workload.handler.js';
import { ExplanationSchema } from './explanation.schema.js';
import { Submission, type SubmissionBody } from './submission.schema.js';

const ExplainQuery = z.strictObject({
  tenant: z.string().max(64).optional().meta({
    description: 'For operators, who must say for which tenant they ask.',
  }),
});

@ApiTags('workloads')
@Controller('v1/workloads/explain')
export class ExplainController {
  constructor(private readonly queries: QueryBus) {}

  @Post()
  @ApiRoute({
    summary: 'Explain what a submission would be answered',
    description:
      'Takes the body of a submission, and records nothing. Tells of every rule whether it fires and why. Of hosts only an operator is told: which would be chosen now, and which are turned down for what. Where the tenant is suspended, or its quota could never hold the submission, the tenant is answered with the refusal that the submission gets; an operator finds it as `turnedAway` beside what the rules and hosts say. Limits that depend on the moment are not asked, because a question takes no room: submissions of a minute, workloads that wait, and what is open (`limits.openWorkloads` of `GET /v1/tenant`, where `use` tells how much is left).',
    scopes: ['workloads:read'],
    otherScopes: ['platform:admin'],
    status: 200,
    answers: ExplanationSchema,
    answerDescription:
      'What the submission would be answered, also where it would be refused, if no limit of the moment stands in its way.',
    problems: [400, 404, 413, 415, 422],
  })
  explainWorkload(
    @CurrentCaller() caller: Caller,
    @Body({ schema: Submission }) submission: SubmissionBody,
    @Query({ schema: ExplainQuery }) { tenant }: z.infer<typeof ExplainQuery>,
  ) {
    const { tenantId } = caller;
    if (tenantId === null) {
      if (tenant !== undefined) {
        return this.queries.execute(new ExplainPlacement(tenant, submission));
      }
      throw invalidRequest([{ parameter: 'tenant', detail: 'is needed where an operator asks' }]);
    }
    // A tenant's comes from its token and from nowhere else.
    if (tenant === undefined) {
      return this.queries.execute(new ExplainWorkload({ ...caller, tenantId }, submission));
    }
    throw invalidRequest([{ parameter: 'tenant', detail: 'may be named by operators only' }]);
  }
}
