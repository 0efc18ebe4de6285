import { describe, expect, it } from 'vitest';
import { describeOnRedis } from '../redis/datastores.js';
import { loadSeconds } from './load/load-seconds.js';
import { actsOnRedis } from './system/acts-on-redis.js';
import { type Datastore, datastoreOf } from './system/datastore.js';
import { runSchedule } from './system/run-schedule.js';
import { actsWith } from './system/schedule.js';
import { seedsFrom } from './system/seeds.js';

/** What every run of the suite can spare; CHAOS_SECONDS and CHAOS_SEEDS ask for more. */
const SHORT_SECONDS = 12;
const LONG_SECONDS = 30;
const SHORT_WORKLOADS = 120;
const LONG_WORKLOADS = 500;
/** Of two seeds in a row, one has its queues in Postgres and one in Redis. */
const SHORT_SEEDS = 2;
/** Beside the troubles: coming up, coming to rest, and the judgement. */
const BESIDES_MS = 450_000;

/** Beside what seeds draw, each act has its turn in the short setting: the common ones with queues in Postgres. */
const rollCallOf = (queues: Datastore) => (queues === 'Postgres' ? actsWith(queues) : actsOnRedis);

const seconds = loadSeconds(process.env, SHORT_SECONDS);
const workloads = seconds < LONG_SECONDS ? SHORT_WORKLOADS : LONG_WORKLOADS;
const seeds = seedsFrom(process.env, Math.random, SHORT_SEEDS);
const isShort = seconds < LONG_SECONDS && seeds.length <= SHORT_SEEDS;
const ofPostgres = seeds.filter((seed) => datastoreOf(seed) === 'Postgres');
const ofRedis = seeds.filter((seed) => datastoreOf(seed) !== 'Postgres');
const title = 'several apis and workers on one database, of which any may fail at any moment';

function holdAgainst(some: readonly number[]): void {
  it.each(some.map((seed) => [datastoreOf(seed), seed] as const))(
    'lose nothing, run nothing twice and break no promise with queues in %s, as seed %i decides',
    { timeout: seconds * 1_000 + BESIDES_MS },
    async (queues, seed) => {
      const rollCall = isShort ? rollCallOf(queues) : [];
      const outcome = await runSchedule({ seed, seconds, workloads, queues, rollCall });
      const { schedule, wrong, ...counts } = outcome;
      console.info(`CHAOS_FIRST_SEED=${seed} ${queues} ${JSON.stringify(counts)}: ${schedule}`);
      expect(wrong, `CHAOS_FIRST_SEED=${seed} repeats it: ${schedule}`).toEqual([]);
      const absent = rollCall.filter(({ name }) => outcome.acts[name] === undefined);
      expect(absent, 'what should have happened at its turn').toEqual([]);
    },
  );
}

if (ofPostgres.length > 0) describe(title, () => holdAgainst(ofPostgres));
if (ofRedis.length > 0) describeOnRedis(title, () => holdAgainst(ofRedis));
