import { describe, expect, it } from 'vitest';
import { redisIsInstalled } from '../redis/redis-server.js';
import { loadSeconds } from './load/load-seconds.js';
import { runSchedule } from './system/run-schedule.js';
import { seedsFrom } from './system/seeds.js';

/** What every run of the suite can spare; CHAOS_SECONDS and CHAOS_SEEDS ask for more. */
const SHORT_SECONDS = 12;
const LONG_SECONDS = 30;
const SHORT_WORKLOADS = 120;
const LONG_WORKLOADS = 500;
/** Beside the troubles: coming up, coming to rest, and the judgement. */
const BESIDES_MS = 300_000;

const seconds = loadSeconds(process.env, SHORT_SECONDS);
const workloads = seconds >= LONG_SECONDS ? LONG_WORKLOADS : SHORT_WORKLOADS;

describe('several apis and workers on one database, of which any may fail at any moment', () => {
  it.each(seedsFrom(process.env, Math.random))(
    'lose nothing, run nothing twice and break no promise, as seed %i decides',
    { timeout: seconds * 1_000 + BESIDES_MS },
    async (seed) => {
      // Half of the seeds have their queues in Redis, where there is one.
      const redis = redisIsInstalled && seed % 2 === 1;
      const outcome = await runSchedule({ seed, seconds, workloads, redis });
      const { schedule, wrong, ...counts } = outcome;
      console.info(
        `CHAOS_FIRST_SEED=${seed} ${redis ? 'Redis' : 'Postgres'} ${JSON.stringify(counts)}: ${schedule}`,
      );
      expect(wrong, `CHAOS_FIRST_SEED=${seed} repeats it: ${schedule}`).toEqual([]);
    },
  );
});
