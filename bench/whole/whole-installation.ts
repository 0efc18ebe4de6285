import { fileURLToPath } from 'node:url';
import { platformConnectionFrom } from '../../apps/cli/src/credentials/connection.js';
import type { Credential } from '../../apps/cli/src/credentials/credential.js';
import {
  type Installation,
  makeTemporaryHome,
  startInstallation,
} from '../../apps/cli/src/demo/installation.js';
import type { ApiClient } from '../../apps/cli/src/http/api-client.js';
import { SHORT_RETRIES } from '../../apps/cli/src/http/retry-plan.js';
import { readHosts } from '../../apps/cli/src/import/platform.js';
import { registerHosts } from '../../apps/cli/src/import/register-hosts.js';
import { registerTenant } from '../../apps/cli/src/import/tenant-access.js';
import { nowMs, openClient, sleep } from '../../apps/cli/src/sources.js';
import { administratorUrl } from '../../apps/launcher/src/home/administration.js';
import { readSettings } from '../../apps/launcher/src/settings.js';

const LAUNCHER = fileURLToPath(new URL('../../apps/launcher/src/main.js', import.meta.url));
/** So fast that stages take no time beside the system's own work. */
const TIME_SCALE = 1_000_000;
/** Hosts that take no time need not be spared. */
const STARTS_PER_HOST_MAX = '1000';
const HOSTS_UP = { timeoutMs: 60_000, pollMs: 100 };
const RUN_ID = 'bench';

/** Roomy enough that nothing waits for a place: what is measured is the way, not the fleet. */
const HOST = {
  osVersion: '10.0.26100.1742',
  architecture: 'amd64',
  cpuMillis: 4_000_000,
  memoryMiB: 8_000_000,
  hypervPresent: true,
} as const;

export interface WholeInstallation {
  /** Of the api. */
  readonly url: string;
  /** Of the launcher, whose children are all of it. */
  readonly pid: number;
  /** The superuser's way into its Postgres. */
  readonly databaseUrl: string;
  readonly operator: ApiClient;
  /** A new tenant of that trust, and its client. */
  tenant(name: string, trust: 'trusted' | 'standard' | 'hostile'): Promise<BenchTenant>;
  stop(): Promise<void>;
}

export interface BenchTenant {
  readonly client: ApiClient;
  readonly credential: Credential;
}

/** What hosts of a benchmark may be. */
export interface BenchFleet {
  readonly hosts: number;
  /** Of each host; roomy where it is not said. */
  readonly cpuMillis?: number;
}

/** Starts everything as `npm start` does, in a home that does not stay, with hosts that take no time. */
export async function startWholeInstallation(
  fleet: BenchFleet,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<WholeInstallation> {
  const home = makeTemporaryHome();
  let installation: Installation | null = null;
  const stop = async () => {
    await installation?.stop();
    home.remove();
  };
  try {
    installation = await startInstallation(LAUNCHER, home.path, {
      ...environment,
      LOG_LEVEL: 'warn',
      STARTS_PER_HOST_MAX,
    });
    const { pid } = installation;
    const { url, credential } = platformConnectionFrom('operator', { home: home.path }, {});
    const operator = openClient(url, credential, SHORT_RETRIES);
    await prepareHosts(operator, fleet);
    const databaseUrl = administratorUrl(readSettings({ BULKHEAD_HOME: home.path }));
    const tenant = async (name: string, trust: 'trusted' | 'standard' | 'hostile') => {
      const planned = { user: null, name, trust, boundaryGroup: null };
      const registered = await registerTenant(operator, `${RUN_ID}-${name}`, planned);
      const client = openClient(url, registered.credential, SHORT_RETRIES);
      return { client, credential: registered.credential };
    };
    return { url, pid, databaseUrl, operator, tenant, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * Only the benchmark's own hosts take work: those of a first start have the times of real ones. They are
 * looked for after the own ones are there, since a list may not yet show what was registered just before
 * by somebody else.
 */
async function prepareHosts(operator: ApiClient, fleet: BenchFleet): Promise<void> {
  const { hosts: length, cpuMillis = HOST.cpuMillis } = fleet;
  const hosts = Array.from({ length }, (_, index) => ({
    ...HOST,
    cpuMillis,
    name: `bench-${index + 1}`,
    simulation: { timeScale: TIME_SCALE, seed: index + 1 },
  }));
  const own = new Set<string>();
  const signal = new AbortController().signal;
  await registerHosts(operator, RUN_ID, hosts, {
    ...HOSTS_UP,
    ...{ nowMs, sleep, signal, registered: (id) => own.add(id) },
  });
  for (const { id } of await readHosts(operator)) {
    if (own.has(id)) continue;
    await operator.post(`/v1/hosts/${id}/cordon`, { reason: 'a benchmark runs' }, `cordon-${id}`);
  }
}
