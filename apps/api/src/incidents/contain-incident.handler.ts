import { type Clock, incidentDecider, isId } from '@bulkhead/domain';
import type { EventLog } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Caller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { notFound, rejected } from '../problems/problems.js';
import { CLOCK, EVENT_LOG } from '../sources.js';
import { type IncidentView, incidentView } from './incident.schema.js';

export class ContainIncident extends Command<IncidentView> {
  constructor(
    readonly caller: Caller,
    readonly id: string,
    readonly note: string,
  ) {
    super();
  }
}

/** The host stays in quarantine: whether its evidence is secured is another question. */
@CommandHandler(ContainIncident)
export class ContainIncidentHandler implements ICommandHandler<ContainIncident> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ caller, id, note }: ContainIncident): Promise<IncidentView> {
    if (!isId('inc', id)) throw notFound('incident');
    const executed = await executeFor(caller, {
      log: this.log,
      owner: null,
      stream: id,
      decider: incidentDecider,
      command: { kind: 'contain-incident', note, nowMs: this.clock() },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    return incidentView(executed.state);
  }
}
