import type { HostCommand, HostId, HostSpec, TenantId, WorkloadId } from '@bulkhead/domain';
import { openPool, PostgresLog } from '@bulkhead/event-store';
import { InProcessDriver } from '@bulkhead/hypervisor/simulated';
import type pg from 'pg';
import { v7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/postgres/fresh-database.js';
import { hanging, Installation, untilTold } from './worker-in-process.contract.js';

/** Compares host and log all the time, so that whatever could be issued anew too early is. */
const EAGER = { reconcileEveryMs: 50, reissueAfterMs: 100 };
const LONG_ENOUGH_MS = 500;
let database: FreshDatabase;
let pool: pg.Pool;
let installation: Installation;
let host: HostId;

beforeEach(async () => {
  database = await freshDatabase();
  pool = openPool({ url: database.workerUrl, applicationName: 'test' });
  installation = new Installation(new PostgresLog({ pool, newEventId: v7 }));
  [host = 'host_'] = await installation.install();
});
afterEach(async () => {
  await installation.stop();
  await pool.end();
  await database.drop();
});

const operator = (command: HostCommand) => installation.onHost(host, command);
const quarantine = (stop: boolean) =>
  operator({ kind: 'quarantine', reason: 'test', stop, nowMs: Date.now() });
const release = () => operator({ kind: 'release', reason: 'test', nowMs: Date.now() });
const releases = (workload: WorkloadId) => installation.ran(workload, 'release').length;
const exited = (tenant: TenantId, workload: WorkloadId) =>
  installation.until(
    () => installation.state(tenant, workload),
    ({ current }) => current?.stage === 'exited',
  );
const aWhile = () => new Promise((resolve) => setTimeout(resolve, LONG_ENOUGH_MS));

describe('a host in quarantine', () => {
  it('keeps what ended there until its release, and takes nothing new meanwhile', async () => {
    await installation.startWorker(EAGER);
    const tenant = await installation.tenant('standard');
    const running = await installation.submit(tenant, untilTold);
    await installation.reaches(tenant, running, 'running');
    await quarantine(false);
    const late = await installation.submit(tenant);
    installation.runs.end();
    await exited(tenant, running);
    await installation.reaches(tenant, late, 'waiting');
    const jobs = installation.queue.seen.length;
    await aWhile();
    expect(releases(running)).toBe(0);
    expect((await installation.state(tenant, running)).current?.stage).toBe('exited');
    expect(installation.queue.seen.length - jobs).toBeLessThan(5);
    await release();
    await installation.reaches(tenant, running, 'succeeded');
    await installation.reaches(tenant, late, 'succeeded');
    expect(releases(running)).toBe(1);
  });

  it('stops what runs where it was asked to, which runs again after the release', async () => {
    await installation.startWorker(EAGER);
    const tenant = await installation.tenant('hostile');
    const workload = await installation.submit(tenant, hanging);
    await installation.reaches(tenant, workload, 'running');
    await quarantine(true);
    const { current } = await exited(tenant, workload);
    expect(current).toMatchObject({ eviction: 'quarantine', exit: { exitType: 'ForcedExit' } });
    await aWhile();
    expect(releases(workload)).toBe(0);
    await release();
    const again = await installation.until(
      () => installation.state(tenant, workload),
      ({ status, past }) => status === 'running' && past.length === 1,
    );
    expect(again.countedFailures).toBe(0);
  });

  it('starts nothing that was placed before, until its release', async () => {
    installation.queue.lost = ['start-workload'];
    await installation.startWorker(EAGER);
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant);
    await installation.reaches(tenant, workload, 'placed');
    await quarantine(false);
    const start = installation.queue.seen.find(({ kind }) => kind === 'start-workload');
    installation.queue.lost = [];
    if (start !== undefined) await installation.queue.take?.(start);
    await aWhile();
    expect(installation.ran(workload, 'create')).toEqual([]);
    expect(await installation.types(tenant, workload)).not.toContain('StartAuthorized');
    await release();
    await installation.reaches(tenant, workload, 'succeeded');
  });

  it('lets go in the log what it held once it is declared off', async () => {
    await installation.startWorker(EAGER);
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, untilTold);
    await installation.reaches(tenant, workload, 'running');
    await quarantine(false);
    installation.runs.end();
    await exited(tenant, workload);
    await installation.fence(host);
    await installation.reaches(tenant, workload, 'succeeded');
    expect(releases(workload)).toBe(0);
  });

  it('is asked for nothing more once it is declared off, also by a comparison that began before', async () => {
    let isHolding = false;
    let held: (() => void) | null = null;
    const driverFor = (spec: HostSpec) => {
      const driver = new InProcessDriver(installation.simulated, spec);
      const list = driver.list.bind(driver);
      driver.list = async () => {
        const statuses = await list();
        if (isHolding) await new Promise<void>((resolve) => (held = resolve));
        return statuses;
      };
      return driver;
    };
    installation.sources = { drivers: { driverFor } };
    await installation.startWorker(EAGER);
    const tenant = await installation.tenant('standard');
    const workload = await installation.submit(tenant, untilTold);
    await installation.reaches(tenant, workload, 'running');
    await quarantine(false);
    installation.runs.end();
    await exited(tenant, workload);
    isHolding = true;
    const goOn = await installation.until(
      async () => held as (() => void) | null,
      (one) => one !== null,
    );
    await installation.fence(host);
    await installation.reaches(tenant, workload, 'succeeded');
    goOn?.();
    await aWhile();
    expect(releases(workload)).toBe(0);
  });
});
