import { setTimeout as sleep } from 'node:timers/promises';
import type { RecordedEvent } from '@bulkhead/domain';
import { openPool, PostgresLog } from '@bulkhead/event-store';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../postgres/fresh-database.js';
import { chaosSeed } from './kill-plan.js';
import { chanceFrom } from './load/chance.js';
import { loadSeconds } from './load/load-seconds.js';
import { LogLoad } from './load/log-load.js';
import { judge, type Verdict, wholeLog } from './load/verdict.js';

const seconds = loadSeconds(process.env, 4);
const KILL_EVERY_MS = 700;
const KILLED_MIN = 4;
const SLACK_MS = 90_000;
const seed = chaosSeed(process.env, Math.random);

describe(`four writers and two readers of one log, as seed ${seed} decides for ${seconds} s`, () => {
  let database: FreshDatabase;
  let load: LogLoad;
  let events: RecordedEvent[];
  let verdict: Verdict;

  beforeAll(
    async () => {
      database = await freshDatabase();
      load = new LogLoad(database, seed);
      await load.start();
      const chance = chanceFrom(seed);
      const endAtMs = performance.now() + seconds * 1_000;
      while (performance.now() < endAtMs || load.killed < KILLED_MIN) {
        await sleep(KILL_EVERY_MS * (0.5 + chance()));
        await load.replaceWriter(chance());
      }
      await load.stopWriting();
      const pool = openPool({ url: database.workerUrl, applicationName: 'verdict' });
      const log = new PostgresLog({ pool, newEventId: v7 });
      await load.readThrough(await log.head());
      events = await wholeLog(log);
      await pool.end();
      verdict = judge(events, load.writerNotes(), load.seenByReaders());
      console.info(JSON.stringify({ CHAOS_SEED: seed, killed: load.killed, ...verdict.counts }));
    },
    seconds * 1_000 + SLACK_MS,
  );

  afterAll(async () => {
    load?.remove();
    await database?.drop();
  });

  it('really writes, rolls back, conflicts and loses writers in the middle', () => {
    expect(load.failures).toEqual([]);
    expect(load.killed).toBeGreaterThanOrEqual(KILLED_MIN);
    expect(verdict.counts.recorded).toBeGreaterThan(100);
    expect(verdict.counts.dropped).toBeGreaterThan(10);
    expect(verdict.counts.unknown).toBeGreaterThan(0);
  });

  it('numbers without a gap, shows every reader each position once and in order, and keeps exactly what was acknowledged', () => {
    expect(verdict.wrong).toEqual([]);
  });
});
