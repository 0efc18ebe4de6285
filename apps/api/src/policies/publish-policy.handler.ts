import {
  type Clock,
  type PolicyPublished,
  type ProposedPolicy,
  type PublishPolicy as Publish,
  policyDecider,
  policyProblems,
} from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Caller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import {
  type Answer,
  answerOnce,
  type Created,
  type IdempotentRequest,
  rememberedAnswer,
} from '../idempotency/idempotency.js';
import { rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG } from '../sources.js';
import type { PolicyPublicationBody, PolicyView } from './policy.schema.js';
import { policyView } from './policy-view.js';
import { unknownTenants } from './unknown-tenants.js';

export class PublishPolicy extends Command<Answer<PolicyView>> {
  constructor(
    readonly caller: Caller,
    readonly publication: PolicyPublicationBody,
    readonly idempotency: IdempotentRequest | null,
  ) {
    super();
  }
}

/** The next policy version. Placements guard the policy's stream, so it holds for the very next one. */
@CommandHandler(PublishPolicy)
export class PublishPolicyHandler implements ICommandHandler<PublishPolicy> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  execute(command: PublishPolicy): Promise<Answer<PolicyView>> {
    return answerOnce(this.log, command.idempotency, () => this.publish(command));
  }

  private async publish(command: PublishPolicy): Promise<Created<PolicyView>> {
    const { caller, publication, idempotency } = command;
    const { replaces, ...policy } = publication;
    let body: PolicyView | null = null;
    const executed = await executeFor(caller, {
      log: this.log,
      owner: null,
      stream: 'policy',
      decider: policyDecider,
      command: async ({ version }): Promise<Publish> => {
        if (replaces !== undefined && replaces !== version) throw rejected(replaced(version));
        await this.refuseUnknownTenants(policy);
        const nowMs = this.clock();
        return { kind: 'publish-policy', version: version + 1, policy, nowMs };
      },
      alongside: ([published]) => {
        body = policyView(published as PolicyPublished);
        return rememberedAnswer(idempotency, 201, body);
      },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    if (body === null) throw new Error('a policy was accepted without an event');
    return { status: 201, body, appended: executed.appended };
  }

  /** Only of a policy that is right otherwise: what is wrong with others the domain says, all at once. */
  private async refuseUnknownTenants(policy: ProposedPolicy): Promise<void> {
    if (policyProblems(policy).length > 0) return;
    const problems = await unknownTenants(this.log, policy);
    if (problems.length === 0) return;
    const detail = problems.map((problem) => problem.detail).join(' ');
    throw rejected({ code: 'POLICY_UNKNOWN_TENANT', detail, problems });
  }
}

function replaced(version: number) {
  const detail = `Version ${version} is in force. Read it, and publish what should replace it.`;
  return { code: 'POLICY_REPLACED', detail } as const;
}
