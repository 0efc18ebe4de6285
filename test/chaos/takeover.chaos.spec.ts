import { setTimeout as sleep } from 'node:timers/promises';
import type { JournalEntry } from '@bulkhead/checker';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { journalsIn } from '../../apps/cli/src/import/journals.js';
import { LEASE_TTL_MS } from '../../libs/event-store/src/consumers/lease.js';
import { EAGER } from './system/run-schedule.js';
import { historyOf, openStage, type Stage, untilEvent } from './system/stage.js';
import type { Wire } from './system/wire.js';

const START_WITHIN_MS = 300_000;
/** A worker lets go of nothing when it is killed: its leases run out, and the next renewal takes them. */
const TAKEN_OVER_WITHIN_MS = LEASE_TTL_MS + 2_000;
const POLL_MS = 50;
/**
 * A paused host takes questions and answers none. A worker asks it every four seconds, knows ten seconds later that
 * it does not answer, waits as long for its other questions, and asks once more before it counts as lost.
 */
const KNOWN_AS_SILENT_WITHIN_MS = 4_000 + 3 * 10_000 + 6_000;
const WORKLOADS = 6;
const RUNS_MS = 15_000;
const image = 'mcr.microsoft.com/windows/nanoserver:ltsc2025';
const resources = { cpuMillis: 500, memoryMiB: 256 };

let stage: Stage;
let tenant: Wire;
let client: pg.Client;

beforeAll(async () => {
  // Hosts end nothing by themselves here: what goes on running, or ends, is the workers' doing.
  const worker = { ...EAGER, HOST_LEASE_TTL_MS: '60000' };
  stage = await openStage({ apis: 1, workers: 2, worker });
  tenant = stage.callers.tenants[1] as Wire;
  client = new pg.Client({ connectionString: stage.all.database.databaseUrl });
  await client.connect();
}, START_WITHIN_MS);

afterAll(async () => {
  await client?.end();
  await stage?.close();
}, START_WITHIN_MS);

async function submit(durationMs = RUNS_MS): Promise<string> {
  const body = { image, resources, simulation: { durationMs, exitCode: 0 } };
  const answer = await tenant.post('/v1/workloads', body, `takeover-${Math.random()}`);
  return (answer.body as { id: string }).id;
}

async function submitSome(): Promise<string[]> {
  const ids = await Promise.all(Array.from({ length: WORKLOADS }, () => submit()));
  for (const id of ids) await untilEvent(stage, id, 'ComputeSystemStarted');
  return ids;
}

/** By host: how often its lease changed hands, and whether somebody has it now, by Postgres' clock. */
async function leases(): Promise<{ readonly epochs: number; readonly allHeld: boolean }> {
  const { rows } = await client.query<{ epochs: number; allHeld: boolean }>(
    `SELECT sum(epoch)::integer AS epochs, bool_and(lease_until > clock_timestamp()) AS "allHeld"
       FROM consumers.leases WHERE name LIKE 'host:%'`,
  );
  return rows[0] as { epochs: number; allHeld: boolean };
}

/** How long it took until other workers had the hosts' leases; null where the one that is away had none. */
async function takenOverAfterMs(): Promise<number | null> {
  const { epochs: before } = await leases();
  const awaySinceMs = performance.now();
  while (performance.now() - awaySinceMs < TAKEN_OVER_WITHIN_MS + LEASE_TTL_MS) {
    const { epochs, allHeld } = await leases();
    if (epochs > before && allHeld) return performance.now() - awaySinceMs;
    await sleep(POLL_MS);
  }
  return null;
}

async function readJournals(): Promise<JournalEntry[][]> {
  const journals: JournalEntry[][] = [];
  for (const { entries } of journalsIn(stage.all.files.journals)) {
    const of: JournalEntry[] = [];
    for await (const entry of entries) of.push(entry);
    journals.push(of);
  }
  return journals;
}

function tokensOf(entries: readonly JournalEntry[]): number[] {
  return entries.flatMap(({ fence }) => (fence === undefined ? [] : [fence.token]));
}

async function ended(ids: readonly string[]): Promise<void> {
  for (const id of ids) {
    await untilEvent(stage, id, 'WorkloadSucceeded', 60_000);
    const placed = historyOf(stage, id).filter(({ event }) => event.type === 'WorkloadPlaced');
    expect(placed).toHaveLength(1);
  }
}

describe('of two workers', { timeout: START_WITHIN_MS }, () => {
  it(`one that is killed leaves its hosts to the other within ${TAKEN_OVER_WITHIN_MS} ms, which adopts what runs there`, async () => {
    const ids = await submitSome();
    let tookMs: number | null = null;
    // Which of the two has the hosts is theirs to know; once it is killed, the other one takes them.
    for (const worker of stage.all.workers) {
      await worker.kill();
      tookMs = await takenOverAfterMs();
      await worker.start();
      if (tookMs !== null) break;
    }
    expect(tookMs).not.toBeNull();
    expect(tookMs).toBeLessThan(TAKEN_OVER_WITHIN_MS);
    await ended(ids);
  });

  it('one that was paused past its leases and goes on changes nothing with its old tokens', async () => {
    const ids = await submitSome();
    for (const worker of stage.all.workers) {
      worker.pause();
      await takenOverAfterMs();
      worker.resume();
      await sleep(LEASE_TTL_MS);
    }
    await ended(ids);
    const journals = await readJournals();
    // The host that was handed over has seen a higher token, and nothing came of a lower one after it.
    expect(journals.some((entries) => tokensOf(entries).some((token) => token > 1))).toBe(true);
    for (const entries of journals) {
      const tokens = tokensOf(entries.filter(({ kind }) => kind !== 'refused'));
      expect(tokens).toEqual([...tokens].sort((a, b) => a - b));
    }
  });

  it('neither can say what became of a workload whose host is silent: it is unknown until its end is sure', async () => {
    const id = await submit();
    await untilEvent(stage, id, 'ComputeSystemStarted');
    const status = async () => {
      const { body } = await tenant.get(`/v1/workloads/${id}`);
      return (body as { status: string }).status;
    };
    stage.all.hosts.pause();
    const silence = { timeout: KNOWN_AS_SILENT_WITHIN_MS, interval: 100 };
    await expect.poll(status, silence).toBe('unknown');
    const listed = async () => {
      const { body } = await tenant.get('/v1/workloads?status=unknown');
      return (body as { items: { id: string }[] }).items.map((item) => item.id);
    };
    await expect.poll(listed, { timeout: 30_000, interval: 100 }).toEqual([id]);
    stage.all.hosts.resume();
    await expect.poll(status, { timeout: 30_000, interval: 100 }).not.toBe('unknown');
    await ended([id]);
  });
});
