import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emptyDatabase } from '../../../../test/postgres/empty-database.js';
import { type FreshDatabase, freshDatabase } from '../../../../test/postgres/fresh-database.js';
import { openPool } from '../pool.js';
import { Leases } from './lease.js';

/** Longer than any test takes: leases end when time is let pass, and not because a machine is busy. */
const TTL_MS = 60_000;
let database: FreshDatabase;
let pool: pg.Pool;

beforeAll(async () => {
  database = await freshDatabase();
  pool = openPool({ url: database.workerUrl, applicationName: 'lease-int' });
});
beforeEach(() => emptyDatabase(database.databaseUrl));
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const someone = () => new Leases({ pool, owner: randomUUID(), ttlMs: TTL_MS });

/** For leases it looks as if time had passed: they last until a time of the database's clock. */
const letPass = (ms: number) =>
  pool.query(
    `UPDATE consumers.leases SET lease_until = lease_until - $1 * interval '1 millisecond'`,
    [ms],
  );

describe('a lease', () => {
  it('has one owner at a time', async () => {
    const leases = Array.from({ length: 20 }, someone);
    const got = await Promise.all(leases.map((one) => one.acquire('placer')));
    expect(got.filter((lease) => lease !== null)).toEqual([{ name: 'placer', epoch: 1 }]);
  });

  it('keeps its epoch for its owner and gets the next one at every takeover', async () => {
    const [first, second] = [someone(), someone()];
    expect(await first.acquire('placer')).toEqual({ name: 'placer', epoch: 1 });
    expect(await first.acquire('placer')).toEqual({ name: 'placer', epoch: 1 });
    expect(await second.acquire('placer')).toBeNull();
    await letPass(TTL_MS);
    expect(await second.acquire('placer')).toEqual({ name: 'placer', epoch: 2 });
    expect(await first.renew([{ name: 'placer', epoch: 1 }])).toEqual([]);
    expect(await first.acquire('placer')).toBeNull();
    expect(await first.currentEpoch('placer')).toBe(2);
    expect(await first.currentEpoch('other')).toBeNull();
    expect(await first.isHeldElsewhere('placer')).toBe(true);
    expect(await second.isHeldElsewhere('placer')).toBe(false);
    expect(await second.isHeldElsewhere('other')).toBe(false);
  });

  it('is a new one even for its owner when it had ended', async () => {
    const owner = someone();
    await owner.acquire('placer');
    await letPass(TTL_MS);
    expect(await owner.acquire('placer')).toEqual({ name: 'placer', epoch: 2 });
  });

  it('lasts as long as it is renewed', async () => {
    const [owner, other] = [someone(), someone()];
    const held = await owner.acquireMany(['host:a', 'host:b', 'host:a']);
    expect(held).toHaveLength(2);
    for (let nr = 0; nr < 4; nr += 1) {
      await letPass(TTL_MS / 3);
      expect(await owner.renew(held)).toHaveLength(2);
    }
    expect(await other.acquireMany(['host:a', 'host:b', 'host:c'])).toEqual([
      { name: 'host:c', epoch: 1 },
    ]);
  });

  it('can be taken at once when it was given up, but never by a stale release', async () => {
    const [first, second, third] = [someone(), someone(), someone()];
    const lease = await first.acquire('placer');
    await first.release(lease === null ? [] : [lease]);
    const taken = await second.acquire('placer');
    expect(taken).toEqual({ name: 'placer', epoch: 2 });
    await first.release([{ name: 'placer', epoch: 1 }]);
    expect(await third.acquire('placer')).toBeNull();
  });
});
