import { describe, expect, it } from 'vitest';
import { describeOnRedis } from '../redis/datastores.js';
import type { Act } from './system/act.js';
import { actsOnRedis } from './system/acts-on-redis.js';
import type { Datastore } from './system/datastore.js';
import { runSchedule } from './system/run-schedule.js';
import { actsWith } from './system/schedule.js';

const WITHIN_MS = 400_000;
const SECONDS = 20;
const WORKLOADS = 80;

/** What happened and what was wrong, where each act has its turn while the others wait. */
async function calledUp(queues: Datastore, acts: readonly Act[]) {
  const setting = { seed: 1, seconds: SECONDS, workloads: WORKLOADS, queues, acts };
  const { wrong, acts: happened, phases } = await runSchedule({ ...setting, rollCall: true });
  console.info(`${acts.length} acts with queues in ${queues}: ${JSON.stringify(phases)}`);
  return { wrong, happened };
}

const onceEach = (acts: readonly Act[]) => Object.fromEntries(acts.map(({ name }) => [name, 1]));

describe('everything that a schedule may draw', { timeout: WITHIN_MS }, () => {
  it('happens when its turn comes, and nothing is lost by it', async () => {
    const acts = actsWith('Postgres');
    expect(await calledUp('Postgres', acts)).toEqual({ wrong: [], happened: onceEach(acts) });
  });
});

describeOnRedis('everything that a schedule may draw against Redis', () => {
  it('happens when its turn comes, and nothing is lost by it, also where Redis keeps an append-only file', {
    timeout: WITHIN_MS,
  }, async () => {
    const outcome = await calledUp('Redis with appendonly', actsOnRedis);
    expect(outcome).toEqual({ wrong: [], happened: onceEach(actsOnRedis) });
  });
});
