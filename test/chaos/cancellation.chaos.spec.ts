import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LEASE_TTL_MS } from '../../libs/event-store/src/consumers/lease.js';
import { CALIBRATION } from '../../libs/hypervisor/src/simulated/calibration.js';
import { EAGER } from './system/run-schedule.js';
import { historyOf, openStage, type Stage, untilEvent } from './system/stage.js';
import type { Wire } from './system/wire.js';

const START_WITHIN_MS = 300_000;
/** What a compute system takes to end by itself when its host asks it to; by force it takes less. */
const GRACE_MS = CALIBRATION.shutdown.value * 1_000;
const CANCELLED_WITHIN_MS = 2_000 + GRACE_MS;
/** Until another worker has taken over what a dead one did, and until a stop is issued again. */
const AFTER_A_CRASH_MS = CANCELLED_WITHIN_MS + LEASE_TTL_MS + 4_000;
/** So long after its authorization a start on a host of real speed pulls, or boots. */
const WELL_INTO_IT_MS = 300;
const RUNS_MS = 60_000;

const known = 'mcr.microsoft.com/windows/nanoserver:ltsc2025';
/** Its utility VM boots for seconds longer: the others' may have booted before a busy machine comes to the cancel. */
const slow = 'mcr.microsoft.com/windows/servercore:ltsc2025';
const unknown = 'registry.example/tools/never-pulled:1';
const small = { cpuMillis: 500, memoryMiB: 256 };
/** So large that a host has room for one only. */
const large = { cpuMillis: 12_000, memoryMiB: 1_024 };
const simulation = { durationMs: RUNS_MS, exitCode: 0 };

let stage: Stage;
let tenant: Wire;

beforeAll(async () => {
  // Grace runs from the record of a cancel: of a short one, a busy machine leaves less than what runs takes to end.
  const slack = {
    HOST_LEASE_TTL_MS: '60000',
    HOST_LOST_AFTER_MS: '60000',
    CANCEL_GRACE_MS: '10000',
  };
  const worker = { ...EAGER, ...slack };
  stage = await openStage({ apis: 1, workers: 2, worker }, 1);
  tenant = stage.callers.tenants[1] as Wire;
}, START_WITHIN_MS);

afterAll(async () => {
  await stage?.close();
}, START_WITHIN_MS);

let keys = 0;

async function submit(change: object): Promise<string> {
  keys += 1;
  const body = { image: known, resources: small, simulation, ...change };
  const answer = await tenant.post('/v1/workloads', body, `cancelled-${keys}`);
  return (answer.body as { id: string }).id;
}

/** How long it took from the record of the request to the record of the end, by the log's clock. */
async function cancel(id: string): Promise<number> {
  const { status } = await tenant.post(`/v1/workloads/${id}/cancel`, {}, `cancel-${id}`);
  expect(status).toBe(202);
  const ended = await untilEvent(stage, id, 'WorkloadCancelled');
  const asked = await untilEvent(stage, id, 'WorkloadCancelRequested');
  return ended.recordedAtMs - asked.recordedAtMs;
}

function happened(id: string): string[] {
  return historyOf(stage, id).map(({ event }) => event.type);
}

describe('a workload is cancelled within two seconds and the grace of its host', {
  timeout: START_WITHIN_MS,
}, () => {
  it('while it waits for a place', async () => {
    const taken = await Promise.all(
      stage.callers.hosts.map(() => submit({ resources: large, isolation: 'hyperv' })),
    );
    const id = await submit({ resources: large, isolation: 'hyperv' });
    await untilEvent(stage, id, 'PlacementDeferred');
    expect(await cancel(id)).toBeLessThan(CANCELLED_WITHIN_MS);
    expect(happened(id)).not.toContain('WorkloadPlaced');
    await Promise.all(taken.map(cancel));
  });

  it.each([
    ['its image is pulled', { image: unknown }],
    ['its utility VM boots', { image: slow, isolation: 'hyperv' }],
  ])('while %s', async (_stage, change) => {
    const id = await submit(change);
    await untilEvent(stage, id, 'StartAuthorized');
    await sleep(WELL_INTO_IT_MS);
    expect(await cancel(id)).toBeLessThan(CANCELLED_WITHIN_MS);
    expect(happened(id)).not.toContain('ComputeSystemStarted');
  });

  it('while it starts', async () => {
    const id = await submit({});
    await untilEvent(stage, id, 'StartAuthorized');
    expect(await cancel(id)).toBeLessThan(CANCELLED_WITHIN_MS);
  });

  it('while it runs', async () => {
    const id = await submit({});
    await untilEvent(stage, id, 'ComputeSystemStarted');
    expect(await cancel(id)).toBeLessThan(CANCELLED_WITHIN_MS);
    const exited = await untilEvent(stage, id, 'ComputeSystemExited');
    expect(exited.event.payload).toMatchObject({ exitType: 'GracefulExit' });
  });

  it('while it waits for its next attempt', async () => {
    const restartPolicy = { maxAttempts: 3, backoffSeconds: 600 };
    const id = await submit({ restartPolicy, simulation: { durationMs: 10, exitCode: 3 } });
    await untilEvent(stage, id, 'WorkloadRetryScheduled');
    const { body } = await tenant.get(`/v1/workloads/${id}`);
    expect(body).toMatchObject({
      status: 'retrying',
      nextAttemptAt: expect.any(String),
      attempts: [{ exitCode: 3, failure: { cause: 'exit-code', counted: true } }],
    });
    expect(await cancel(id)).toBeLessThan(CANCELLED_WITHIN_MS);
  });
});

describe('a workload whose worker is killed', { timeout: START_WITHIN_MS }, () => {
  it('while it is cancelled is cancelled all the same, as soon as the other one has taken over', async () => {
    for (const worker of stage.all.workers) {
      const id = await submit({});
      await untilEvent(stage, id, 'ComputeSystemStarted');
      const cancelled = cancel(id);
      await worker.kill();
      expect(await cancelled).toBeLessThan(AFTER_A_CRASH_MS);
      await worker.start();
    }
  });
});
