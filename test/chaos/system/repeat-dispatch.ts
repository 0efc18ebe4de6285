import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type BundleData, unbundled } from '../../../apps/worker/src/queue/bundles.js';
import type { Job } from '../../../apps/worker/src/queue/job.js';
import { judge, settle } from './judge.js';
import type { Accepted } from './load.js';
import type { ManyProcesses } from './many-processes.js';
import { EAGER } from './run-schedule.js';
import { openStage } from './stage.js';
import type { Wire } from './wire.js';

const WORKLOADS = 12;
/** For each thing that is waited for, on a busy machine. */
const WITHIN_MS = 60_000;
const POLL_MS = 50;
const CHECKPOINT = "SELECT position FROM consumers.checkpoints WHERE name = 'dispatch'";
const HELD = `${CHECKPOINT} FOR UPDATE`;

const JOBS = "SELECT id, data FROM bullmq.job WHERE name = 'start-workload'";
/** Hosts that do not answer are not given up, so that the jobs for them stay where they are. */
const PATIENT = { ...EAGER, HOST_LEASE_TTL_MS: '600000', HOST_LOST_AFTER_MS: '600000' };

/**
 * Kills a worker between the jobs that it added for some events and the checkpoint that says so, while no
 * host answers, so that the jobs stay. The next worker dispatches the same events again: answers in
 * sentences which event then has more than one job, and whatever else is wrong in the end.
 */
export async function repeatDispatch(programs?: string): Promise<readonly string[]> {
  const scale = { apis: 1, workers: 2, worker: PATIENT };
  const stage = await openStage(programs === undefined ? scale : { ...scale, programs });
  const { all, callers } = stage;
  const client = new pg.Client({ connectionString: all.database.databaseUrl });
  try {
    await client.connect();
    await client.query(`BEGIN; ${HELD}`);
    all.hosts.pause();
    const accepted: Accepted = { workloads: new Map(), batches: new Map(), odd: [] };
    const tenant = callers.tenants[0] as Wire;
    for (let nr = 1; nr <= WORKLOADS; nr += 1) {
      const body = {
        image: 'mcr.microsoft.com/windows/nanoserver:ltsc2025',
        resources: { cpuMillis: 100, memoryMiB: 128 },
        simulation: { durationMs: 10, exitCode: 0 },
      };
      const answer = await tenant.post('/v1/workloads', body, `repeated-${nr}`);
      const { id } = answer.body as { id: string };
      accepted.workloads.set(`repeated-${nr}`, { tenant: 0, id });
    }
    const wrong = await dispatchTwice(all, client);
    all.hosts.resume();
    const facts = { ...stage, accepted };
    return [...wrong, ...(await settle(facts)), ...(await judge(facts))];
  } finally {
    await client.end();
    await stage.close();
  }
}

async function dispatchTwice(all: ManyProcesses, client: pg.Client): Promise<string[]> {
  const isAdded = async () => (await jobsOfEvents(client)).size === WORKLOADS;
  await until(isAdded, 'the jobs were not added');
  await Promise.all(all.workers.map((worker) => worker.kill()));
  await client.query('ROLLBACK');
  const last = Math.max(...(await jobsOfEvents(client)).keys());
  await Promise.all(all.workers.map((worker) => worker.start()));
  await until(async () => {
    const { rows } = await client.query<{ position: string }>(CHECKPOINT);
    return Number(rows[0]?.position ?? 0) >= last;
  }, 'nobody has dispatched the events again');
  return [...(await jobsOfEvents(client))]
    .filter(([, ids]) => ids.size > 1)
    .map(([position, ids]) => `the event at ${position} has ${ids.size} jobs`);
}

/** By position of the event, the ids of its jobs, in whatever company they lie in the queue. */
async function jobsOfEvents(client: pg.Client): Promise<Map<number, Set<string>>> {
  const { rows } = await client.query<{ id: string; data: Job['data'] | BundleData }>(JOBS);
  const ids = new Map<number, Set<string>>();
  for (const job of rows.flatMap(({ id, data }) => unbundled(id, data))) {
    const { position } = job.data;
    if (!job.id.includes('-again-'))
      ids.set(position, (ids.get(position) ?? new Set()).add(job.id));
  }
  return ids;
}

async function until(isSo: () => Promise<boolean>, otherwise: string): Promise<void> {
  for (let waitedMs = 0; waitedMs < WITHIN_MS; waitedMs += POLL_MS) {
    if (await isSo()) return;
    await sleep(POLL_MS);
  }
  throw new Error(otherwise);
}
