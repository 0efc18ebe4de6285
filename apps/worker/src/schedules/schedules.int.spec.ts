import type { BatchId, ScheduleId, TenantId } from '@bulkhead/domain';
import { openPool, PostgresLog, type WholeLog } from '@bulkhead/event-store';
import type pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { ScheduledWorld, settleAll } from './scheduled-world.contract.js';

let database: FreshDatabase;
let pools: pg.Pool[];
let world: ScheduledWorld;
let tenant: TenantId;

beforeAll(async () => {
  database = await freshDatabase();
  const url = database.workerUrl;
  pools = [1, 2].map(() => openPool({ url, applicationName: 'schedules-int' }));
});
beforeEach(async () => {
  world = new ScheduledWorld(logOf(0));
  tenant = await world.tenant();
});
afterAll(async () => {
  for (const pool of pools) await pool.end();
  await database.drop();
});

/** As a process of its own has it. */
const logOf = (process: number) =>
  new PostgresLog({ pool: pools[process] as pg.Pool, newEventId: v7 });

const firedIn = async (scheduleId: ScheduleId) =>
  (await world.runs(tenant, scheduleId)).map(({ batchId }) => batchId as BatchId);

describe('schedules on Postgres', () => {
  it('fire each planned time once, whichever of two processes is faster', async () => {
    const workers = [await world.worker(), await world.worker(logOf(1))];
    const ids: ScheduleId[] = [];
    for (let nr = 0; nr < 10; nr += 1) ids.push(await world.create(tenant));
    for (let minute = 0; minute < 3; minute += 1) {
      world.passMinutes(1);
      await Promise.all(workers.map(settleAll));
    }
    const batches = (await Promise.all(ids.map(firedIn))).flat();
    expect(new Set(batches).size).toBe(30);
    for (const id of batches) {
      expect(await world.types(tenant, id)).toEqual(['BatchSubmitted', 'BatchTasksAdded']);
    }
    expect(world.said).toEqual([]);
  });

  it('have fired where the answer to the append was lost, and do not fire it again', async () => {
    const scheduleId = await world.create(tenant);
    world.passMinutes(1);
    await settleAll(await world.worker(dyingAt(logOf(1), 'after')));
    expect(await firedIn(scheduleId)).toHaveLength(1);
    await settleAll(await world.worker());
    expect(await firedIn(scheduleId)).toHaveLength(1);
  });

  it('have not fired where a worker died before the append, and the next one fires', async () => {
    const scheduleId = await world.create(tenant);
    world.passMinutes(1);
    await settleAll(await world.worker(dyingAt(logOf(1), 'before')));
    expect(await firedIn(scheduleId)).toEqual([]);
    await settleAll(await world.worker());
    const [batchId] = await firedIn(scheduleId);
    expect(await world.types(tenant, batchId as BatchId)).toContain('BatchTasksAdded');
  });

  it('cancel what a dead worker had only recorded as replaced, once', async () => {
    const scheduleId = await world.create(tenant, { overlap: 'replace' });
    world.passMinutes(1);
    await settleAll(await world.worker());
    world.passMinutes(1);
    const [first] = await firedIn(scheduleId);
    const dying = await world.worker(dyingAt(logOf(1), 'before', first));
    await settleAll(dying);
    expect(await firedIn(scheduleId)).toHaveLength(2);
    const types = () => world.types(tenant, first as BatchId);
    expect(await types()).not.toContain('BatchCancelRequested');
    const next = [await world.worker(), await world.worker(logOf(1))];
    await Promise.all(next.map(settleAll));
    expect((await types()).filter((type) => type === 'BatchCancelRequested')).toHaveLength(1);
  });
});

/** A log whose process dies around its appends, or around those to one stream. */
function dyingAt(log: WholeLog, moment: 'before' | 'after', stream?: BatchId): WholeLog {
  const append: WholeLog['append'] = async (appended) => {
    const isMeant = stream === undefined || appended.streams.some((one) => one.stream === stream);
    if (isMeant && moment === 'before') throw new Error('killed');
    const result = await log.append(appended);
    if (isMeant) throw new Error('killed');
    return result;
  };
  return Object.assign(Object.create(log), { append }) as WholeLog;
}
