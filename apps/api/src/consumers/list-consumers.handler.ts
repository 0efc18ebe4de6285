import { listConsumers } from '@bulkhead/event-store';
import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type pg from 'pg';
import { API_POOL } from '../sources.js';
import { type ConsumerListView, consumerView } from './consumer.schema.js';

export class ListConsumers extends Query<ConsumerListView> {}

/** Every consumer, as the workers have left it in Postgres; there are few. */
@QueryHandler(ListConsumers)
export class ListConsumersHandler implements IQueryHandler<ListConsumers> {
  constructor(@Inject(API_POOL) private readonly pool: pg.Pool) {}

  async execute(): Promise<ConsumerListView> {
    return { items: (await listConsumers(this.pool)).map(consumerView) };
  }
}
