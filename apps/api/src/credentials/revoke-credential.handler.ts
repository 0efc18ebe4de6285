import { type Clock, credentialDecider, isId } from '@bulkhead/domain';
import { type EventLog, readCredential } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Caller } from '../auth/caller.js';
import { CredentialDirectory } from '../auth/credential-directory.js';
import { executeFor } from '../consistency/execute-for.js';
import { notFound, rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG } from '../sources.js';
import { readTenant } from '../tenants/read-tenants.handlers.js';

export class RevokeCredential extends Command<void> {
  constructor(
    readonly caller: Caller,
    readonly tenantId: string,
    readonly credentialId: string,
  ) {
    super();
  }
}

const REASON = 'revoked by an operator';

/** Other processes notice within seconds, this one at once. Repeating it changes nothing. */
@CommandHandler(RevokeCredential)
export class RevokeCredentialHandler implements ICommandHandler<RevokeCredential> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly directory: CredentialDirectory,
  ) {}

  async execute({ caller, tenantId, credentialId }: RevokeCredential): Promise<void> {
    await readTenant(this.log, tenantId);
    if (!isId('cred', credentialId)) throw notFound('credential');
    const { tenantId: owner } = await readCredential(this.log, credentialId);
    if (owner !== tenantId) throw notFound('credential');
    const executed = await executeFor(caller, {
      log: this.log,
      owner: null,
      stream: credentialId,
      decider: credentialDecider,
      command: { kind: 'revoke-credential', reason: REASON, nowMs: this.clock() },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    this.directory.forget(credentialId);
  }
}
