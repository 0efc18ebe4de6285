import type { ConsumerOptions, Projection } from '@bulkhead/event-store';

/** What all consumers of a process share. */
export type ConsumerSurroundings = Pick<
  ConsumerOptions,
  'log' | 'dataSource' | 'leases' | 'listener' | 'logger' | 'batchLimit'
>;

/** What keeping a projection takes of it. */
export type KeptProjection = Pick<
  Projection,
  'name' | 'idColumn' | 'version' | 'types' | 'project'
>;
