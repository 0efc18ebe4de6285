import { randomBytes } from 'node:crypto';
import { batchDecider, type TenantId } from '@bulkhead/domain';
import { openPool, PostgresLog, SLICE_MAX, turnsOfProcess } from '@bulkhead/event-store';
import type pg from 'pg';
import { v7 } from 'uuid';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { ScheduledWorld, settleAll } from './scheduled-world.contract.js';
import { SETTLED_AT_ONCE_MAX } from './schedules.js';

/** More than are settled side by side. */
const LARGE_SCHEDULES = SETTLED_AT_ONCE_MAX + 4;
const TASKS = 600;

let database: FreshDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await freshDatabase();
  pool = openPool({ url: database.workerUrl, applicationName: 'large-schedules-int' });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

/** Turns that were given to others, and the most contents that were sealed between two of them. */
class Turns {
  given = 0;
  sealedAtOnceMax = 0;
  private sealed = 0;

  readonly next = async (): Promise<void> => {
    this.given += 1;
    this.sealed = 0;
    await turnsOfProcess();
  };
  readonly randomBytes = (count: number): Buffer => {
    this.sealed += 1;
    this.sealedAtOnceMax = Math.max(this.sealedAtOnceMax, this.sealed);
    return randomBytes(count);
  };
}

describe('many large schedules of one tenant', () => {
  it('are fired in slices, and let another tenant’s small one go first though it was made last', async () => {
    const [sealing, encoding] = [new Turns(), new Turns()];
    const log = new PostgresLog({ pool, newEventId: v7, nextTurn: encoding.next });
    const world = new ScheduledWorld(log);
    Object.assign(world, { randomBytes: sealing.randomBytes, nextTurn: sealing.next });
    const [greedy, other]: [TenantId, TenantId] = [await world.tenant(), await world.tenant()];
    const command = ['x'.repeat(1_200)];
    for (let nr = 0; nr < LARGE_SCHEDULES; nr += 1) {
      const many = { count: TASKS, maxParallel: 1 };
      await world.create(greedy, { catchUpLimit: 0 }, many, [{ command }]);
    }
    const small = await world.create(other, { catchUpLimit: 0 }, { count: 1 });
    world.passMinutes(1);
    await settleAll(await world.worker());

    const types = ['ScheduleFired'] as const;
    const fired = await log.readAll({ afterPosition: 0, limit: 5_000, types });
    const schedules = fired.filter(({ event }) => event.type === 'ScheduleFired');
    expect(schedules).toHaveLength(LARGE_SCHEDULES + 1);
    // Those that are settled beside it may be faster all the same.
    const place = schedules.findIndex(({ stream }) => stream === small);
    expect(place).toBeLessThan(SETTLED_AT_ONCE_MAX / 4);
    const [first] = schedules.filter(({ tenant }) => tenant === greedy);
    if (first?.event.type !== 'ScheduleFired') throw new Error('none was fired');
    const { batchId } = first.event.payload;
    expect((await log.readState(greedy, batchId, batchDecider)).state.taskCount).toBe(TASKS);
    expect(await log.readContent(greedy, batchId, TASKS)).toMatchObject({ command });

    const slices = (LARGE_SCHEDULES * TASKS) / SLICE_MAX.items;
    expect(sealing.given).toBeGreaterThanOrEqual(slices);
    expect(encoding.given).toBeGreaterThanOrEqual(slices);
    // With the name of a batch, and also of what is sealed side by side.
    expect(sealing.sealedAtOnceMax).toBeLessThanOrEqual(SLICE_MAX.items + 1);
    expect(world.said).toEqual([]);
  });
});
