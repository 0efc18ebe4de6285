import { setTimeout as sleep } from 'node:timers/promises';
import { upcasters } from '@bulkhead/domain';
import { v7 } from 'uuid';
import { Consumer } from '../../../libs/event-store/src/consumers/consumer.js';
import { Leases } from '../../../libs/event-store/src/consumers/lease.js';
import { LogListener } from '../../../libs/event-store/src/consumers/log-listener.js';
import { KNOWN_EVENTS, KnownEvents } from '../../../libs/event-store/src/log/known-events.js';
import { PostgresLog } from '../../../libs/event-store/src/log/postgres-log.js';
import { openPool } from '../../../libs/event-store/src/pool.js';
import { openReadModels } from '../../../libs/event-store/src/projections/open-read-models.js';

const BATCH_LIMIT = 20;
/** Long enough that a kill finds most batches in the middle. */
const BATCH_MS = 15;

export interface ConsumerOrder {
  readonly url: string;
  readonly owner: string;
  readonly name: string;
  /** A type that this process does not know, as one of an older release would not. */
  readonly unknownType?: string;
}

/** Follows the log and notes every position, with its owner, in the transaction of the checkpoint. */
async function main({ url, owner, name, unknownType }: ConsumerOrder): Promise<void> {
  const pool = openPool({ url, applicationName: 'chaos-consumer', connectionsMax: 3 });
  const dataSource = await openReadModels({ url, applicationName: 'chaos-consumer-effects' });
  const listener = new LogListener(url);
  listener.start();
  const types = Object.entries(KNOWN_EVENTS).filter(([type]) => type !== unknownType);
  const knownEvents = new KnownEvents(Object.fromEntries(types), upcasters);
  const stop = new AbortController();
  process.once('disconnect', () => process.exit(0));
  process.once('message', () => stop.abort());
  const consumer = new Consumer({
    name,
    log: new PostgresLog({ pool, newEventId: v7, knownEvents }),
    dataSource,
    leases: new Leases({ pool, owner }),
    listener,
    logger: { info: () => {}, warn: () => {}, error: () => {} },
    batchLimit: BATCH_LIMIT,
    apply: async (batch, transaction) => {
      await transaction.query(
        'INSERT INTO public.effects (position, owner) SELECT unnest($1::bigint[]), $2',
        [batch.map(({ position }) => position), owner],
      );
      await sleep(BATCH_MS);
    },
  });
  process.send?.('begins');
  await consumer.run(stop.signal);
  await Promise.all([listener.close(), dataSource.destroy(), pool.end()]);
  process.disconnect();
}

main(JSON.parse(process.argv[2] ?? '') as ConsumerOrder).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
