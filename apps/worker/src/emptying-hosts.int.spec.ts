import { type HostId, hostDecider } from '@bulkhead/domain';
import { openPool, PostgresLog } from '@bulkhead/event-store';
import type pg from 'pg';
import { v7 } from 'uuid';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FreshDatabase, freshDatabase } from '../../../test/postgres/fresh-database.js';
import { hanging, Installation, untilTold } from './worker-in-process.contract.js';

let database: FreshDatabase;
let pool: pg.Pool;
let installation: Installation;
let host: HostId;

beforeEach(async () => {
  database = await freshDatabase();
  pool = openPool({ url: database.workerUrl, applicationName: 'test' });
  installation = new Installation(new PostgresLog({ pool, newEventId: v7 }));
  [host = 'host_'] = await installation.install();
  await installation.startWorker();
});
afterEach(async () => {
  await installation.stop();
  await pool.end();
  await database.drop();
});

const drain = (evictAfterMs: number | null) => {
  const nowMs = Date.now();
  const evictAtMs = evictAfterMs === null ? null : nowMs + evictAfterMs;
  return installation.onHost(host, { kind: 'drain', reason: 'test', evictAtMs, nowMs });
};
const typesOf = async (stream: HostId | `ki_${string}`) =>
  (await installation.log.readStream(null, stream)).map(({ event }) => event.type);
const isDrained = () =>
  installation.until(
    () => typesOf(host),
    (types) => types.includes('HostDrained'),
  );

describe('a host that is drained', () => {
  it('takes nothing new, lets what runs come to its end, and is drained then', async () => {
    const tenant = await installation.tenant('standard');
    const running = await installation.submit(tenant, untilTold);
    await installation.reaches(tenant, running, 'running');
    await drain(null);
    const late = await installation.submit(tenant);
    await installation.reaches(tenant, late, 'waiting');
    expect((await installation.state(tenant, late)).deferrals).toEqual(['host-unavailable']);
    installation.runs.end();
    await installation.reaches(tenant, running, 'succeeded');
    await isDrained();
    expect(await installation.state(tenant, running)).toMatchObject({ past: [] });
    await installation.onHost(host, { kind: 'uncordon', reason: 'test', nowMs: Date.now() });
    await installation.reaches(tenant, late, 'succeeded');
  });

  it('evicts when the grace is over what runs, which runs elsewhere and loses no attempt', async () => {
    const tenant = await installation.tenant('hostile');
    const workload = await installation.submit(tenant, hanging);
    await installation.reaches(tenant, workload, 'running');
    const { current } = await installation.state(tenant, workload);
    await drain(200);
    const [other] = await installation.addHosts(1);
    const again = await installation.until(
      () => installation.state(tenant, workload),
      ({ status, past }) => status === 'running' && past.length === 1,
    );
    expect(again).toMatchObject({ current: { hostId: other }, countedFailures: 0 });
    expect(again.past[0]).toMatchObject({ hostId: host, eviction: 'drain' });
    const history = await installation.history(tenant, workload);
    const evicted = history.find(({ event }) => event.type === 'WorkloadEvicted');
    const began = (await installation.log.readStream(null, host)).find(
      ({ event }) => event.type === 'HostDrainStarted',
    );
    if (began?.event.type !== 'HostDrainStarted') throw new Error('nobody drained it');
    expect(evicted?.event.payload).toMatchObject({ causedByPosition: began.position });
    const { evictAtMs } = began.event.payload;
    expect(evicted?.event.occurredAtMs).toBeGreaterThanOrEqual(
      evictAtMs ?? Number.POSITIVE_INFINITY,
    );
    expect(installation.ran(workload, 'release').map((entry) => entry.computeSystemId)).toEqual([
      current?.computeSystemId,
    ]);
    await isDrained();
  });

  it('is told to be drained once, also by a worker that comes later', async () => {
    await installation.stop();
    await drain(null);
    await installation.startWorker();
    await isDrained();
    await installation.stop();
    await installation.startWorker();
    const tenant = await installation.tenant('standard');
    const late = await installation.submit(tenant);
    await installation.reaches(tenant, late, 'waiting');
    const drained = (await typesOf(host)).filter((type) => type === 'HostDrained');
    expect(drained).toHaveLength(1);
  });
});

describe('a host that is retired', () => {
  it('ends its kernel, and what could have run only there is refused', async () => {
    const tenant = await installation.tenant('standard');
    const small = await installation.submit(tenant);
    await installation.reaches(tenant, small, 'succeeded');
    await drain(null);
    await isDrained();
    await installation.addHosts(1, { memoryMiB: 1_024, cpuMillis: 1_000 });
    const resources = { cpuMillis: 4_000, memoryMiB: 8_000 };
    const large = await installation.submit(tenant, { resources });
    await installation.reaches(tenant, large, 'waiting');
    await installation.onHost(host, { kind: 'retire', reason: 'test', nowMs: Date.now() });
    const { refusal } = await installation.reaches(tenant, large, 'rejected');
    expect(refusal).toMatchObject({ code: 'UNPLACEABLE', reasons: [{ rule: 'image-unrunnable' }] });
    const stream = await installation.log.readStream(null, host);
    const booted = stream.find(({ event }) => event.type === 'HostBooted')?.event.payload;
    const { kernelInstanceId } = booted as { kernelInstanceId: `ki_${string}` };
    const kernel = await installation.until(
      () => installation.log.readStream(null, kernelInstanceId),
      (events) => events.at(-1)?.event.type === 'KernelEnded',
    );
    expect(kernel.at(-1)?.event.payload).toEqual({ cause: 'retired' });
    const state = stream.reduce(
      (before, { event }) => hostDecider.evolve(before, event as never),
      hostDecider.initialState,
    );
    expect(state.condition).toBe('retired');
  });
});
