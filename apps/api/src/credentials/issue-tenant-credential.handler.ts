import type { Clock, UuidSource } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { type Caller, metadataOf } from '../auth/caller.js';
import {
  type Answer,
  answerOnce,
  type Created,
  type IdempotentRequest,
  rememberedAnswer,
} from '../idempotency/idempotency.js';
import { RequestProblem } from '../problems/problem.js';
import {
  CLOCK,
  EVENT_LOG,
  NEW_UUID,
  RANDOM_BYTES,
  type RandomBytes,
  timeText,
} from '../sources.js';
import { readTenant } from '../tenants/read-tenants.handlers.js';
import type { IssuedCredential } from './credential.schema.js';
import { issueCredential } from './issue-credential.js';

export class IssueTenantCredential extends Command<Answer<IssuedCredential>> {
  constructor(
    readonly caller: Caller,
    readonly tenantId: string,
    readonly idempotency: IdempotentRequest | null,
  ) {
    super();
  }
}

@CommandHandler(IssueTenantCredential)
export class IssueTenantCredentialHandler implements ICommandHandler<IssueTenantCredential> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NEW_UUID) private readonly newUuid: UuidSource,
    @Inject(RANDOM_BYTES) private readonly randomBytes: RandomBytes,
  ) {}

  async execute(command: IssueTenantCredential): Promise<Answer<IssuedCredential>> {
    const answer = await answerOnce(this.log, command.idempotency, () => this.issue(command));
    // The secret was shown once and is kept nowhere, so there is no first answer to give again.
    if (answer.replayed) throw alreadyIssued(answer.body.id);
    return answer;
  }

  private async issue(command: IssueTenantCredential): Promise<Created<IssuedCredential>> {
    const { caller, idempotency } = command;
    const { tenantId } = await readTenant(this.log, command.tenantId);
    const { log, clock, newUuid, randomBytes } = this;
    const issued = await issueCredential(
      { log, clock, newUuid, randomBytes },
      {
        role: 'tenant',
        tenantId,
        metadata: metadataOf(caller),
        alongside: (id) => rememberedAnswer(idempotency, 201, { id }),
      },
    );
    const { credentialId, clientSecret, issuedAtMs } = issued;
    caller.recorded.note(issued.appended);
    const body: IssuedCredential = {
      id: credentialId,
      tenantId,
      role: 'tenant',
      issuedAt: timeText(issuedAtMs),
      clientId: credentialId,
      clientSecret,
    };
    return { status: 201, body, appended: issued.appended };
  }
}

function alreadyIssued(credentialId: string): RequestProblem {
  return new RequestProblem({
    status: 409,
    code: 'CREDENTIAL_ALREADY_ISSUED',
    title: 'The credential was issued already',
    detail: 'Its secret was shown once. Revoke it and issue another with a new Idempotency-Key.',
    extensions: { credentialId },
  });
}
