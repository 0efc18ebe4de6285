import { issueCredentials } from '../../../apps/launcher/src/setup/issue-credential.js';
import type { ManyProcesses } from './many-processes.js';
import { Wire } from './wire.js';

/** Everyone who speaks to an installation under test. */
export interface Callers {
  readonly operator: Wire;
  readonly auditor: Wire;
  readonly tenants: readonly Wire[];
  /** Ids of the hosts, in the order in which they were registered. */
  readonly hosts: readonly string[];
}

/** Two hosts of either build: images find their own kernel or need a utility VM. */
const BUILDS = ['10.0.26100.1742', '10.0.20348.2461', '10.0.26100.1742'];
/** Each holds some dozens of workloads, so that many wait for room while one is away. */
const HOST_SIZE = { architecture: 'amd64', cpuMillis: 16_000, memoryMiB: 32_768 } as const;
/** Divides the times of starts and stops, of which there are thousands. */
const TIME_SCALE = 20;
const TRUSTS = ['hostile', 'standard', 'trusted'] as const;

/** Registers tenants and hosts over HTTP, and waits for nothing: hosts are provisioned meanwhile. */
export async function installCallers(all: ManyProcesses, timeScale = TIME_SCALE): Promise<Callers> {
  const urls = () => all.apis.map((api) => all.urls.get(api) as string);
  const entry = all.entryOf('api', 'issue-credential.main.js');
  const environment = { PATH: process.env['PATH'] ?? '', ...all.apiEnvironment };
  const roles = ['operator', 'auditor'] as const;
  const [forOperator, forAuditor] = await issueCredentials(entry, environment, roles);
  const operator = new Wire(urls, forOperator!, 'operator');
  const auditor = new Wire(urls, forAuditor!, 'auditor');
  const simulation = { timeScale };
  const hosts: string[] = [];
  for (const [nr, osVersion] of BUILDS.entries()) {
    const host = { name: `host-${nr}`, osVersion, hypervPresent: true, ...HOST_SIZE, simulation };
    const { body } = await operator.post('/v1/hosts', host, `host-${nr}`);
    hosts.push((body as { id: string }).id);
  }
  const tenants: Wire[] = [];
  for (const trust of TRUSTS) {
    const { body } = await operator.post('/v1/tenants', { name: trust, trust }, trust);
    const id = (body as { id: string }).id;
    const issued = await operator.post(`/v1/tenants/${id}/credentials`, {}, `${trust}-credential`);
    tenants.push(new Wire(urls, issued.body as never, trust, id));
  }
  return { operator, auditor, tenants, hosts };
}
