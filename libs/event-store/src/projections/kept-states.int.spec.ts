import { type DomainEvent, fold, type StreamId } from '@bulkhead/domain';
import * as fc from 'fast-check';
import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { everyEvent } from '../../../../test/domain/every-event.js';
import { play, randomHistories } from '../../../../test/domain/random-history.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { openPool } from '../pool.js';
import { PROJECTIONS } from './open-read-models.js';

const SEEDS = 3;
let database: FreshDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await freshDatabase();
  pool = openPool({ url: database.workerUrl, applicationName: 'kept-states-int' });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** As the log gives them: their payloads have been text. */
function eventsAsRead(seed: number): readonly { stream: StreamId; event: DomainEvent }[] {
  const [acts = []] = fc.sample(randomHistories(150, 250), { seed, numRuns: 1, unbiased: true });
  const others = everyEvent().filter(({ stream }) => /^(bat|cred|sch)_/.test(stream));
  const events = [...play(acts).log.events, ...others];
  return JSON.parse(JSON.stringify(events.map(({ stream, event }) => ({ stream, event }))));
}

describe.each(PROJECTIONS.map((projection) => [projection.name, projection] as const))(
  'a state that read.%s keeps',
  (_name, { prefix, decider }) => {
    it('comes back from Postgres as it was, after every event of any history', async () => {
      const states: unknown[] = [];
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        const current = new Map<StreamId, unknown>();
        for (const { stream, event } of eventsAsRead(seed)) {
          if (!stream.startsWith(prefix)) continue;
          current.set(stream, fold(decider, [event], current.get(stream)));
          states.push(current.get(stream));
        }
      }
      expect(states.length).toBeGreaterThan(1);
      const { rows } = await pool.query<{ state: string }>(
        `SELECT state::jsonb::json::text AS state
           FROM unnest($1::text[]) WITH ORDINALITY AS s (state, nr) ORDER BY nr`,
        [states.map((state) => JSON.stringify(state))],
      );
      // Strictly: a field that is undefined is not the same as one that is missing.
      expect(rows.map(({ state }) => JSON.parse(state))).toStrictEqual(states);
    });
  },
);
