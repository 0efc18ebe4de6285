import { type Clock, explainSubmission, prefixedId } from '@bulkhead/domain';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { TenantCaller } from '../auth/caller.js';
import { CLOCK } from '../sources.js';
import { requestOf } from './content.js';
import type { ExplanationView } from './explanation.schema.js';
import { toldView } from './explanation-view.js';
import type { SubmissionBody } from './submission.schema.js';
import { submissionCommand, withinQuota } from './submission-command.js';
import { SubmissionFactsReader } from './submission-facts.js';

/** No content is kept, so there is nothing to make a hash of; and no workload that could have an id. */
const NO_CONTENT = '0'.repeat(64);
const NO_WORKLOAD = prefixedId('wl', '0'.repeat(32));

export class ExplainWorkload extends Query<ExplanationView> {
  constructor(
    readonly caller: TenantCaller,
    readonly submission: SubmissionBody,
  ) {
    super();
  }
}

/**
 * What the same submission would be answered, from the same facts and by the same decision. It reads
 * them afresh: no append follows that would find out that something remembered has moved on.
 */
@QueryHandler(ExplainWorkload)
export class ExplainWorkloadHandler implements IQueryHandler<ExplainWorkload> {
  constructor(
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly factsReader: SubmissionFactsReader,
  ) {}

  async execute({ caller, submission }: ExplainWorkload): Promise<ExplanationView> {
    const { tenantId } = caller;
    const request = requestOf(submission, NO_CONTENT);
    const read = await this.factsReader.read(tenantId, submission.image, true);
    const allowed = await withinQuota(this.factsReader, read, request);
    const facts = await this.factsReader.withCurrentFleet(allowed);
    const command = submissionCommand(NO_WORKLOAD, request, facts, this.clock());
    const told = toldView(explainSubmission(command));
    const asked = { tenant: tenantId, image: submission.image };
    return { ...asked, turnedAway: null, ...told, placement: null };
  }
}
