import { parseArgs } from 'node:util';
import { type Datastore, datastoresOf, withDatastore } from './datastores/each-datastore.js';
import { submitOne, type Waits, waitsOf } from './whole/waits.js';
import { startWholeInstallation } from './whole/whole-installation.js';

const DEFAULT_WORKLOADS = 300;
/** The first ones find everything cold and are not counted. */
const WARM_UP = 20;
const HOSTS = 4;

/**
 * How long a single workload waits on an idle system until its compute system has started, on hosts that
 * start without taking time: one after the other, each when the one before has started.
 */
export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  const options = {
    workloads: { type: 'string', default: String(DEFAULT_WORKLOADS) },
    datastore: { type: 'string' },
  } as const;
  const { values } = parseArgs({ args: [...args], options });
  const count = Number(values.workloads);
  if (!(Number.isInteger(count) && count >= 1 && count <= 10_000)) {
    throw new Error(`--workloads must be a whole number up to 10000, not ${values.workloads}`);
  }
  const waits: Partial<Record<Datastore, Waits>> = {};
  for (const datastore of datastoresOf(values.datastore)) {
    waits[datastore] = await onDatastore(datastore, count);
    console.error(datastore, waits[datastore]);
  }
  return { workloads: count, hosts: HOSTS, waits };
}

function onDatastore(datastore: Datastore, count: number): Promise<Waits> {
  return withDatastore(datastore, async (environment) => {
    const installation = await startWholeInstallation(
      { hosts: HOSTS },
      { ...process.env, ...environment },
    );
    try {
      const { databaseUrl } = installation;
      const tenant = await installation.tenant('bench', 'standard');
      const counted: string[] = [];
      for (let nr = 0; nr < WARM_UP + count; nr += 1) {
        const id = await submitOne(tenant, `pickup-${nr}`);
        await waitsOf(databaseUrl, [id]);
        if (nr >= WARM_UP) counted.push(id);
      }
      return await waitsOf(databaseUrl, counted);
    } finally {
      await installation.stop();
    }
  });
}
