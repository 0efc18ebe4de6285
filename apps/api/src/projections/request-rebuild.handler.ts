import { type Clock, projectionDecider, projectionStream } from '@bulkhead/domain';
import { type EventLog, generationIn, PROJECTIONS, readGenerations } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Caller } from '../auth/caller.js';
import { executeFor } from '../consistency/execute-for.js';
import { named, rejected } from '../problems/problems.js';
import { READ_MODELS, type ReadModels } from '../read-models.js';
import { CLOCK, EVENT_LOG } from '../sources.js';
import { answeredBy, type ProjectionView, projectionView } from './projection.schema.js';

export class RequestRebuild extends Command<ProjectionView> {
  constructor(
    readonly caller: Caller,
    readonly projection: string,
    readonly reason: string,
  ) {
    super();
  }
}

/** Records the wish. A worker reads it and does the work: the api cannot write read models. */
@CommandHandler(RequestRebuild)
export class RequestRebuildHandler implements ICommandHandler<RequestRebuild> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async execute({ caller, projection, reason }: RequestRebuild): Promise<ProjectionView> {
    named('projection', projection, PROJECTIONS);
    const generations = await readGenerations(this.readModels, projection);
    const executed = await executeFor(caller, {
      log: this.log,
      owner: null,
      stream: projectionStream(projection),
      decider: projectionDecider,
      command: {
        kind: 'request-rebuild',
        projection,
        reason,
        answered: answeredBy(generations),
        isBuilding: generationIn(generations, 'building') !== undefined,
        nowMs: this.clock(),
      },
    });
    if (!executed.accepted) throw rejected(executed.rejection);
    return projectionView(projection, generations, executed.state);
  }
}
