import { Consumer, type ConsumerOptions, PROJECTIONS } from '@bulkhead/event-store';

/** What all consumers of a process share. */
export type ConsumerSurroundings = Pick<
  ConsumerOptions,
  'log' | 'dataSource' | 'leases' | 'listener' | 'logger'
>;

/** A read model may trail a little; larger batches cost less for each event. */
const BATCH_LIMIT = 2_000;

/** One consumer for each read model: row and checkpoint commit together. */
export function readModelConsumers(around: ConsumerSurroundings): readonly Consumer[] {
  return PROJECTIONS.map(
    ({ name, types, project }) =>
      new Consumer({
        ...around,
        name,
        types,
        batchLimit: BATCH_LIMIT,
        apply: (batch, transaction) => project(batch, transaction),
      }),
  );
}
