import { projectionDecider, projectionStream } from '@bulkhead/domain';
import { type EventLog, PROJECTIONS, readGenerations } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { READ_MODELS, type ReadModels } from '../read-models.js';
import { EVENT_LOG } from '../sources.js';
import { type ProjectionListView, projectionView } from './projection.schema.js';

export class ListProjections extends Query<ProjectionListView> {}

/** Every projection that this version of the service has; there are few. */
@QueryHandler(ListProjections)
export class ListProjectionsHandler implements IQueryHandler<ListProjections> {
  constructor(
    @Inject(EVENT_LOG) private readonly log: EventLog,
    @Inject(READ_MODELS) private readonly readModels: ReadModels,
  ) {}

  async execute(): Promise<ProjectionListView> {
    const generations = await readGenerations(this.readModels);
    const items = PROJECTIONS.map(async ({ name }) => {
      const own = generations.filter(({ projection }) => projection === name);
      const { state } = await this.log.readState(null, projectionStream(name), projectionDecider);
      return projectionView(name, own, state);
    });
    return { items: await Promise.all(items) };
  }
}
