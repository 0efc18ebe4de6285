import { v7 } from 'uuid';
// Not from the library's index, which loads TypeORM: a killed writer's successor should begin at once.
import { PostgresLog } from '../../../libs/event-store/src/log/postgres-log.js';
import { openPool } from '../../../libs/event-store/src/pool.js';
import { chanceFrom } from './chance.js';
import { Lane } from './lane.js';

/** Appends in flight of one process at the same time; several share a transaction. */
const LANES = 6;

export interface WriterOrder {
  readonly url: string;
  readonly name: string;
  readonly seed: number;
  readonly file: string;
}

/** Appends until it is told to stop, or killed. Whatever it did not expect ends it with an error. */
async function main({ url, name, seed, file }: WriterOrder): Promise<void> {
  const pool = openPool({ url, applicationName: `writer-${name}` });
  const log = new PostgresLog({ pool, newEventId: v7 });
  const stopping = new AbortController();
  process.once('message', () => stopping.abort());
  process.once('disconnect', () => process.exit(0));
  process.send?.('begins');
  const lanes = Array.from({ length: LANES }, (_, nr) => {
    const parts = { log, pool, newEventId: v7, chance: chanceFrom(seed + nr), file };
    return new Lane(parts, `${name}l${nr}`).run(stopping.signal);
  });
  await Promise.all(lanes);
  await pool.end();
  process.disconnect();
}

main(JSON.parse(process.argv[2] ?? '') as WriterOrder).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
