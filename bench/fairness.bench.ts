import { parseArgs } from 'node:util';
import { sleep } from '../apps/cli/src/sources.js';
import { rounded } from './append/statistics.js';
import { type Datastore, datastoresOf, withDatastore } from './datastores/each-datastore.js';
import { submitOne, type Waits, waitsOf } from './whole/waits.js';
import { type BenchTenant, startWholeInstallation } from './whole/whole-installation.js';

const TASKS = 10_000;
const TENANTS = 20;
/** Room for some dozens of workloads at a time, utility-VM reserves included. */
const FLEET = { hosts: 2, cpuMillis: 3_200 } as const;
const TASK_MS = 100;
/** By then the batch fills the fleet. */
const UNDER_WAY_MS = 5_000;
const ROUNDS = 3;

interface Fairness {
  readonly idle: Waits;
  readonly beside: Waits;
  readonly p99Ratio: number;
}

/**
 * What twenty tenants with one workload each wait for its start, on an idle system and beside a tenant
 * whose ten thousand tasks fill the fleet and wait for it.
 */
export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  const { values } = parseArgs({ args: [...args], options: { datastore: { type: 'string' } } });
  const waits: Partial<Record<Datastore, Fairness>> = {};
  for (const datastore of datastoresOf(values.datastore)) {
    waits[datastore] = await onDatastore(datastore);
    console.error(datastore, waits[datastore]);
  }
  return { tasks: TASKS, tenants: TENANTS, taskMs: TASK_MS, fleet: FLEET, waits };
}

function onDatastore(datastore: Datastore): Promise<Fairness> {
  return withDatastore(datastore, async (environment) => {
    const installation = await startWholeInstallation(FLEET, { ...process.env, ...environment });
    try {
      const { databaseUrl } = installation;
      const names = Array.from({ length: TENANTS }, (_, nr) => `single-${nr}`);
      const tenants: BenchTenant[] = [];
      for (const name of names) tenants.push(await installation.tenant(name, 'hostile'));
      const crowd = await installation.tenant('crowd', 'hostile');
      await ofAll(databaseUrl, tenants, 'warm');
      const idle = await ofAll(databaseUrl, tenants, 'idle');
      await submitCrowd(crowd);
      await sleep(UNDER_WAY_MS);
      const beside = await ofAll(databaseUrl, tenants, 'beside');
      return { idle, beside, p99Ratio: rounded(beside.p99Ms / idle.p99Ms) };
    } finally {
      await installation.stop();
    }
  });
}

/** Some rounds, in each of which every tenant submits one workload at the same moment. */
async function ofAll(databaseUrl: string, tenants: readonly BenchTenant[], what: string) {
  const all: string[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const keys = tenants.map((tenant) => submitOne(tenant, `${what}-${round}`));
    const ids = await Promise.all(keys);
    await waitsOf(databaseUrl, ids);
    all.push(...ids);
  }
  return waitsOf(databaseUrl, all);
}

/** The tasks of one tenant, none of which is in the way of its others. */
async function submitCrowd({ client }: BenchTenant): Promise<void> {
  const taskDefaults = {
    image: 'mcr.microsoft.com/windows/nanoserver:ltsc2025',
    resources: { cpuMillis: 100, memoryMiB: 64 },
    simulation: { durationMs: TASK_MS, exitCode: 0 },
  };
  await client.post('/v1/batches', { name: 'crowd', count: TASKS, taskDefaults }, 'crowd');
}
