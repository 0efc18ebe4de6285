import { setTimeout as sleep } from 'node:timers/promises';
import { v7 } from 'uuid';
import { LogListener } from '../../../libs/event-store/src/consumers/log-listener.js';
import { PostgresLog } from '../../../libs/event-store/src/log/postgres-log.js';
import { openPool } from '../../../libs/event-store/src/pool.js';
import { troubleOf } from '../../../libs/event-store/src/postgres-trouble.js';
import { chanceFrom } from './chance.js';
import { inOneLine, note } from './notes.js';

const BATCH_MAX = 200;
const POLL_MS = 20;
/** As long as consumers wait for a wake-up before they look by themselves. */
const LISTEN_MS = 1_000;

export interface ReaderOrder {
  readonly url: string;
  readonly seed: number;
  readonly file: string;
  /** Woken by NOTIFY, or looking again and again. */
  readonly listens: boolean;
}

/** Follows the log from its beginning by position, until it has passed the position that it is sent. */
async function main({ url, seed, file, listens }: ReaderOrder): Promise<void> {
  const pool = openPool({ url, applicationName: 'reader', connectionsMax: 2 });
  const log = new PostgresLog({ pool, newEventId: v7 });
  const listener = new LogListener(url);
  if (listens) listener.start();
  const chance = chanceFrom(seed);
  let last = Number.POSITIVE_INFINITY;
  const told = new AbortController();
  process.once('message', (position: number) => {
    last = position;
    told.abort();
  });
  process.once('disconnect', () => process.exit(0));
  process.send?.('begins');
  for (let position = 0; position < last; ) {
    const heard = listener.growths;
    const limit = 1 + Math.floor(chance() * BATCH_MAX);
    const batch = await log.readAll({ afterPosition: position, limit }).catch((error: unknown) => {
      if (troubleOf(error) === null) throw error;
      return [];
    });
    if (batch.length > 0) {
      note(file, { events: batch.map(inOneLine) });
      position = batch.at(-1)?.position ?? position;
    } else if (listens) await listener.waitForGrowth(LISTEN_MS, told.signal, heard);
    else await sleep(POLL_MS);
  }
  await Promise.all([listener.close(), pool.end()]);
  process.disconnect();
}

main(JSON.parse(process.argv[2] ?? '') as ReaderOrder).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
