import {
  type Clock,
  fold,
  prefixedId,
  type TenantEvent,
  tenantDecider,
  type UuidSource,
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
import { CLOCK, EVENT_LOG, NEW_UUID } from '../sources.js';
import { type TenantRegistrationBody, type TenantView, tenantView } from './tenant.schema.js';

export class RegisterTenant extends Command<Answer<TenantView>> {
  constructor(
    readonly caller: Caller,
    readonly registration: TenantRegistrationBody,
    readonly idempotency: IdempotentRequest | null,
  ) {
    super();
  }
}

@CommandHandler(RegisterTenant)
export class RegisterTenantHandler implements ICommandHandler<RegisterTenant> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(NEW_UUID) private readonly newUuid: UuidSource,
  ) {}

  execute(command: RegisterTenant): Promise<Answer<TenantView>> {
    return answerOnce(this.log, command.idempotency, () => this.register(command));
  }

  private async register(command: RegisterTenant): Promise<Created<TenantView>> {
    const { caller, registration, idempotency } = command;
    const tenantId = prefixedId('ten', this.newUuid());
    const executed = await executeFor(caller, {
      log: this.log,
      owner: tenantId,
      stream: tenantId,
      decider: tenantDecider,
      command: {
        kind: 'register-tenant',
        tenantId,
        name: registration.name,
        trust: registration.trust,
        boundaryGroup: registration.boundary ?? null,
        nowMs: this.clock(),
      },
      alongside: (events) => {
        const state = fold(tenantDecider, events as readonly TenantEvent[]);
        return rememberedAnswer(idempotency, 201, tenantView(state));
      },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    return { status: 201, body: tenantView(executed.state), appended: executed.appended };
  }
}
