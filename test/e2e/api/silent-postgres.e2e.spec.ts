import type pg from 'pg';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Api, createApi } from '../../../apps/api/src/create-api.js';
import { READY_WITHIN_MS } from '../../../apps/api/src/health/health.controller.js';
import { API_POOL } from '../../../apps/api/src/sources.js';
import { type FreshDatabase, freshDatabase } from '../../postgres/fresh-database.js';
import { TcpProxy } from '../../postgres/tcp-proxy.js';
import { settingsFor } from './api-under-test.js';

/** Beside the wait itself, on a machine with much else to do. */
const MARGIN_MS = 4_000;

let database: FreshDatabase;
let proxy: TcpProxy;
let api: Api;
let url: string;

beforeAll(async () => {
  database = await freshDatabase();
  const network = await TcpProxy.to(new URL(database.apiUrl));
  proxy = network.proxy;
  const settings = { ...settingsFor(database), apiDatabaseUrl: network.url };
  api = await createApi(settings, pino({ level: 'silent' }));
  await api.app.listen(0, '127.0.0.1');
  url = await api.app.getUrl();
});
afterAll(async () => {
  await api.app.close();
  await proxy.close();
  await database.drop();
});

/** As many connections as requests had open at a time, none of which is in use now. */
async function usedPool(): Promise<pg.Pool> {
  const pool = api.app.get<pg.Pool>(API_POOL, { strict: false });
  await Promise.all(Array.from({ length: 6 }, () => pool.query('SELECT pg_sleep(0.2)')));
  return pool;
}
const status = async () => (await fetch(`${url}/health/ready`)).status;

describe('an api whose Postgres says nothing any more', () => {
  it('still says within seconds that it is not ready, with few connections, and that it is again', async () => {
    expect(await status()).toBe(200);
    const pool = await usedPool();
    proxy.swallowsAnswers = true;
    for (let times = 0; times < 2; times += 1) {
      const askedAtMs = performance.now();
      const probes = [status(), status(), status(), status()];
      expect(await Promise.all(probes)).toEqual([503, 503, 503, 503]);
      expect(performance.now() - askedAtMs).toBeLessThan(READY_WITHIN_MS + MARGIN_MS);
    }
    // However often it is probed: the other connections are for requests.
    expect(pool.totalCount - pool.idleCount).toBeLessThanOrEqual(2);
    proxy.swallowsAnswers = false;
    proxy.cut();
    await expect.poll(status).toBe(200);
  });
});
