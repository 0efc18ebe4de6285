import type { Clock } from '@bulkhead/domain';
import { isId, type TenantCommand, tenantDecider } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Caller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { notFound, rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG } from '../sources.js';
import { type TenantView, tenantView } from './tenant.schema.js';

type WithoutTime<C> = C extends { nowMs: number } ? Omit<C, 'nowMs'> : never;
export type TenantChange = WithoutTime<Exclude<TenantCommand, { kind: 'register-tenant' }>>;

export class ChangeTenant extends Command<TenantView> {
  constructor(
    readonly caller: Caller,
    readonly id: string,
    readonly change: TenantChange,
  ) {
    super();
  }
}

/** The tenant's stream moves on, and with it every guard on it: starts that were decided before fail. */
@CommandHandler(ChangeTenant)
export class ChangeTenantHandler implements ICommandHandler<ChangeTenant> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ caller, id, change }: ChangeTenant): Promise<TenantView> {
    if (!isId('ten', id)) throw notFound('tenant');
    const executed = await executeFor(caller, {
      log: this.log,
      owner: id,
      stream: id,
      decider: tenantDecider,
      command: { ...change, nowMs: this.clock() },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    return tenantView(executed.state);
  }
}
