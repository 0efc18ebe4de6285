import type { ToldQueues } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { named } from '../problems/problems.js';
import { TOLD_QUEUES } from '../sources.js';
import { type QueueListView, type QueueView, queueView } from './queue.schema.js';

export class ListQueues extends Query<QueueListView> {}

@QueryHandler(ListQueues)
export class ListQueuesHandler implements IQueryHandler<ListQueues> {
  constructor(@Inject(TOLD_QUEUES) private readonly queues: ToldQueues) {}

  async execute(): Promise<QueueListView> {
    return { items: (await this.queues.list()).map(queueView) };
  }
}

export class GetQueue extends Query<QueueView> {
  constructor(readonly name: string) {
    super();
  }
}

@QueryHandler(GetQueue)
export class GetQueueHandler implements IQueryHandler<GetQueue> {
  constructor(@Inject(TOLD_QUEUES) private readonly queues: ToldQueues) {}

  async execute({ name }: GetQueue): Promise<QueueView> {
    return queueView(named('queue', name, await this.queues.list()));
  }
}
