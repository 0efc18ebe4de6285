import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { judge, settle } from './system/judge.js';
import type { Accepted } from './system/load.js';
import { EAGER } from './system/run-schedule.js';
import { openStage, type Stage } from './system/stage.js';
import { SteadyClient } from './system/steady-load.js';

const START_WITHIN_MS = 300_000;
const APIS = 2;
const CLIENTS = 4;
const RUNS_MS = 1_500;
/** An orchestrator kills what has not ended by then; both programs give themselves less. */
const GRACE_MS = 30_000;
/** So that what is replaced has had its share of the load. */
const BETWEEN_MS = 500;

let stage: Stage;
let clients: readonly SteadyClient[];

beforeAll(async () => {
  const worker = { ...EAGER, HOST_LEASE_TTL_MS: '30000', HOST_LOST_AFTER_MS: '15000' };
  stage = await openStage({ apis: APIS, workers: 2, worker });
  const { all, callers } = stage;
  const token = await callers.tenants[1]?.bearer();
  const load = {
    urls: all.apis.map((api) => all.urls.get(api) as string),
    path: '/v1/workloads',
    headers: { authorization: `Bearer ${token}` },
    body: {
      image: 'mcr.microsoft.com/windows/nanoserver:ltsc2025',
      resources: { cpuMillis: 100, memoryMiB: 128 },
      simulation: { durationMs: RUNS_MS, exitCode: 0 },
    },
  };
  clients = Array.from({ length: CLIENTS }, () => new SteadyClient(load));
}, START_WITHIN_MS);

afterAll(async () => {
  await stage?.close();
}, START_WITHIN_MS);

describe('every api and every worker replaced, one after the other, under load', {
  timeout: START_WITHIN_MS,
}, () => {
  it('ends within its grace period, and well', async () => {
    const running = clients.map((client) => client.run());
    const { apis, workers } = stage.all;
    for (const program of [...apis, ...workers]) {
      await sleep(BETWEEN_MS);
      await program.stop();
      await program.start();
      expect(program.lastExit?.code, program.name).toBe(0);
      expect(program.lastExit?.tookMs, program.name).toBeLessThan(GRACE_MS);
    }
    for (const client of clients) client.stop();
    await Promise.all(running);
  });

  it('fails no request, and cuts none off but one that met the close of an idle connection', () => {
    expect(clients.flatMap(({ failures }) => failures)).toEqual([]);
    for (const { repeated } of clients) expect(repeated.length).toBeLessThanOrEqual(APIS);
    expect(clients.flatMap(({ accepted }) => accepted).length).toBeGreaterThan(CLIENTS);
  });

  it('loses no workload, and starts none again', async () => {
    const ids = clients.flatMap(({ accepted }) => accepted);
    const workloads = ids.map((id) => [id, { tenant: 1, id }] as const);
    const accepted: Accepted = { workloads: new Map(workloads), batches: new Map(), odd: [] };
    const facts = { ...stage, accepted };
    expect([...(await settle(facts)), ...(await judge(facts))]).toEqual([]);
    const types = stage.watch.events.map(({ event }) => event.type);
    const count = (wanted: string) => types.filter((type) => type === wanted).length;
    expect(count('WorkloadSucceeded')).toBe(ids.length);
    expect(count('WorkloadPlaced')).toBe(ids.length);
    expect(count('AttemptFailed')).toBe(0);
  });
});
