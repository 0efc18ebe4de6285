import { setTimeout as sleep } from 'node:timers/promises';
import { openPool, PostgresLog } from '@bulkhead/event-store';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OwnServer } from '../postgres/own-server.js';
import { chaosSeed } from './kill-plan.js';
import { chanceFrom } from './load/chance.js';
import { loadSeconds } from './load/load-seconds.js';
import { LogLoad } from './load/log-load.js';
import { judge, type Verdict, wholeLog } from './load/verdict.js';

const seconds = loadSeconds(process.env, 3);
const CRASH_EVERY_MS = 1_200;
const CRASHES_MIN = 2;
const DOWN_MAX_MS = 300;
const SLACK_MS = 120_000;
const seed = chaosSeed(process.env, Math.random);

describe(`a Postgres that is killed again and again under load, as seed ${seed} decides for ${seconds} s`, () => {
  let server: OwnServer;
  let load: LogLoad;
  let verdict: Verdict;
  const processesKilled: number[] = [];

  beforeAll(
    async () => {
      server = await OwnServer.start();
      const database = await server.database('crashed');
      load = new LogLoad(database, seed);
      await load.start();
      const chance = chanceFrom(seed);
      const endAtMs = performance.now() + seconds * 1_000;
      while (performance.now() < endAtMs || processesKilled.length < CRASHES_MIN) {
        await sleep(CRASH_EVERY_MS * (0.5 + chance()));
        processesKilled.push(await server.crash());
        await sleep(DOWN_MAX_MS * chance());
        await server.startAgain();
      }
      await load.stopWriting();
      const pool = openPool({ url: database.workerUrl, applicationName: 'verdict' });
      const log = new PostgresLog({ pool, newEventId: v7 });
      await load.readThrough(await log.head());
      verdict = judge(await wholeLog(log), load.writerNotes(), load.seenByReaders());
      await pool.end();
      const crashes = processesKilled.length;
      console.info(JSON.stringify({ CHAOS_SEED: seed, crashes, ...verdict.counts }));
    },
    seconds * 1_000 + SLACK_MS,
  );

  afterAll(async () => {
    load?.remove();
    await server?.stop();
  });

  it('is really killed, backends and all, while appends are on their way', () => {
    expect(load.failures).toEqual([]);
    expect(processesKilled.length).toBeGreaterThanOrEqual(CRASHES_MIN);
    for (const killed of processesKilled) expect(killed).toBeGreaterThan(4);
    expect(verdict.counts.recorded).toBeGreaterThan(50);
  });

  it('keeps every acknowledged append once, repeats none that was tried again, and leaves no gap', () => {
    expect(verdict.wrong).toEqual([]);
  });
});
