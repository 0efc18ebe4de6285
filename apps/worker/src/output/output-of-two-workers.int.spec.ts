import { type ComputeSystemId, prefixedId } from '@bulkhead/domain';
import { openPool, PostgresOutput, readOutput } from '@bulkhead/event-store';
import type pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { UNREAD } from './output-bound.js';
import { type CapturedAttempt, OutputCapture, type OutputSource } from './output-capture.js';

const ATTEMPTS = 60;
const TEXTS = ['one\n', 'two\n', 'three\n', 'four\n'];

let database: FreshDatabase;
let pools: pg.Pool[];

beforeAll(async () => {
  database = await freshDatabase();
  const { workerUrl, apiUrl } = database;
  pools = [workerUrl, workerUrl, apiUrl].map((url) =>
    openPool({ url, applicationName: 'two workers', connectionsMax: 2 }),
  );
});
afterAll(async () => {
  await Promise.all(pools.map((pool) => pool.end()));
  await database.drop();
});

const worker = (pool: pg.Pool | undefined) =>
  new OutputCapture({
    ...{ output: new PostgresOutput(pool as pg.Pool), outputMaxBytes: 100_000, clock: () => 9 },
  });
const someAttempt = (): CapturedAttempt => ({
  ...{ tenantId: prefixedId('ten', v7()), workloadId: prefixedId('wl', v7()), attempt: 1 },
  computeSystemId: prefixedId('cs', v7()),
});
/** A host that holds so many of the texts by now. */
const host = (count: number): OutputSource => ({
  async *logs(_id: ComputeSystemId, from: number) {
    for (const [offset, text] of TEXTS.slice(0, count).entries()) {
      if (offset >= from) yield { offset, stream: 'stdout', text, writtenAtMs: offset };
    }
  },
});

async function textsOf({ tenantId, workloadId }: CapturedAttempt): Promise<string[]> {
  const filter = { after: null, limit: 100 };
  const chunks = await readOutput(pools[2] as pg.Pool, tenantId, workloadId, filter);
  expect(chunks.map(({ offset }) => offset)).toEqual(chunks.map((_, at) => at));
  return chunks.map(({ text }) => text);
}

describe('output whose end two workers capture at once', () => {
  it('is whole, or ends with the notice that the rest is missing, and never has both in one place', async () => {
    for (let known = 0; known < TEXTS.length; known += 1) {
      const [one, other] = [worker(pools[0]), worker(pools[1])];
      const attempts = Array.from({ length: ATTEMPTS }, someAttempt);
      await Promise.all(attempts.map((attempt) => other.take(attempt, host(known))));
      await Promise.all(
        attempts.flatMap((attempt, at) => [
          (at % 2 === 0 ? one : other).giveUp(attempt),
          (at % 2 === 0 ? other : one).take(attempt, host(TEXTS.length), true),
        ]),
      );
      for (const attempt of attempts) {
        const texts = await textsOf(attempt);
        const wholly = texts.filter((text) => text !== UNREAD);
        expect(wholly).toEqual(TEXTS.slice(0, wholly.length));
        const isWhole = wholly.length === TEXTS.length && texts.length === TEXTS.length;
        if (!isWhole) expect(texts).toEqual([...wholly, UNREAD]);
        const stored = await new PostgresOutput(pools[0] as pg.Pool).captures(attempt.workloadId);
        expect(stored).toMatchObject([{ nextOffset: wholly.length, hasEnded: true }]);
      }
    }
  });
});
