import { type Clock, hostDecider, isId } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Caller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { notFound, rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG } from '../sources.js';
import { type HostView, hostView } from './host.schema.js';

export class ChangeHost extends Command<HostView> {
  constructor(
    readonly caller: Caller,
    readonly id: string,
    readonly act: 'cordon' | 'uncordon' | 'fence',
    readonly reason: string,
  ) {
    super();
  }
}

/** What an operator does to a host. Repeating it changes nothing. */
@CommandHandler(ChangeHost)
export class ChangeHostHandler implements ICommandHandler<ChangeHost> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ caller, id, act, reason }: ChangeHost): Promise<HostView> {
    if (!isId('host', id)) throw notFound('host');
    const executed = await executeFor(caller, {
      log: this.log,
      owner: null,
      stream: id,
      decider: hostDecider,
      command: { kind: act, reason, nowMs: this.clock() },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    return hostView(executed.state);
  }
}
