import { type OsVersion, parseOsVersion } from '@bulkhead/domain';
import type { ApiClient } from '../http/api-client.js';
import { selectJobs } from '../swf/select-jobs.js';
import { cordonOthers } from './cordon-others.js';
import type { ImportOptions } from './import-options.js';
import type { ImportSurroundings } from './import-surroundings.js';
import { durationMsOf, type JobMapping } from './job-request.js';
import { imageMapping } from './map-images.js';
import { HOST_OS_VERSIONS, planHosts } from './plan-hosts.js';
import { planTenants } from './plan-tenants.js';
import { readCatalogue, readHosts, readList, readUtilityVmReserve } from './platform.js';
import { registerHosts } from './register-hosts.js';
import { type Survey, Surveyor } from './survey.js';
import { type ImportTenant, registerTenant } from './tenant-access.js';

/** Everything that must be there before the first job is submitted. */
export interface Stage {
  readonly survey: Survey;
  readonly tenants: readonly ImportTenant[];
  /** How many hosts the import registered. */
  readonly hosts: number;
  readonly mapping: JobMapping;
  readonly clientOf: (user: number | null) => ApiClient;
  readonly longestRunMs: number;
  /** Gives back what was cordoned. */
  readonly restoreFleet: () => Promise<void>;
}

/** Nothing is there to import. */
export class NoJobs extends Error {
  override readonly name = 'NoJobs';
}

const HOSTS_UP_TIMEOUT_MS = 120_000;
const HOSTS_UP_POLL_MS = 200;

/** Surveys the log and registers tenants and hosts. @throws NoJobs, UnreadableLog, RequestRefused */
export async function prepare(options: ImportOptions, around: ImportSurroundings): Promise<Stage> {
  const survey = await surveyLog(options);
  around.step(
    `${options.file}: ${survey.jobs} jobs of ${survey.users.length} users, the largest on ${survey.largestProcessors} processors.`,
  );
  for (const { line, problem } of survey.malformedLines) {
    around.step(`Line ${line} is skipped: ${problem}.`);
  }
  const tenants = await registerTenants(options, around, survey);
  const hostIds = await registerFleet(options, around, survey);
  const { perProcessor, speed, unknownEvery } = options;
  const versions = await hostVersions(options, around.operator);
  const catalogue = await readCatalogue(around.operator);
  const clients = new Map(
    tenants.map(({ user, credential }) => [user, around.clientFor(credential)]),
  );
  const restoreFleet = options.cordonOthers
    ? await cordonOthers(around, new Set(hostIds))
    : async () => undefined;
  return {
    survey,
    tenants,
    hosts: hostIds.length,
    mapping: { perProcessor, speed, imageOf: imageMapping(catalogue, versions, { unknownEvery }) },
    clientOf: (user) => clients.get(user) as ApiClient,
    longestRunMs: durationMsOf(survey.longestRunSeconds, speed),
    restoreFleet,
  };
}

async function surveyLog({ file, selection }: ImportOptions): Promise<Survey> {
  const surveyor = new Surveyor();
  const malformed = surveyor.addMalformed.bind(surveyor);
  for await (const job of selectJobs(file, selection, malformed)) surveyor.add(job);
  const survey = surveyor.finish();
  if (survey.jobs > 0) return survey;
  const [first] = survey.malformedLines;
  const why = first === undefined ? '' : ` (line ${first.line}: ${first.problem})`;
  throw new NoJobs(`${file} holds no job in the Standard Workload Format${why}`);
}

/** Where an earlier import's tenants have the names already, these get the run's id as a suffix. */
async function registerTenants(
  { trustedGroup, hostile, seed }: ImportOptions,
  around: ImportSurroundings,
  { users }: Survey,
): Promise<readonly ImportTenant[]> {
  const plan = (suffix: string) => planTenants(users, { trustedGroup, hostile, seed, suffix });
  const known = await readList(around.operator, '/v1/tenants');
  const names = new Set(known.map((tenant) => tenant['name']));
  const isTaken = plan('').some(({ name }) => names.has(name));
  const planned = plan(isTaken ? `-${around.runId}` : '');
  around.step(`Registering ${planned.length} tenants.`);
  const tenants: ImportTenant[] = [];
  for (const tenant of planned) {
    around.signal.throwIfAborted();
    const registered = await registerTenant(around.operator, around.runId, tenant);
    around.tenantReady?.(registered);
    tenants.push(registered);
  }
  return tenants;
}

async function registerFleet(
  { hosts: count, perProcessor, speed, seed }: ImportOptions,
  around: ImportSurroundings,
  { largestProcessors }: Survey,
): Promise<readonly string[]> {
  if (count === 0) return [];
  const hosts = planHosts({
    count,
    largestProcessors,
    perProcessor,
    utilityVmReserve: await readUtilityVmReserve(around.operator),
    speed,
    seed,
    suffix: `-${around.runId}`,
  });
  around.step(`Registering ${count} hosts and waiting for their boot.`);
  return registerHosts(around.operator, around.runId, hosts, {
    timeoutMs: HOSTS_UP_TIMEOUT_MS,
    pollMs: HOSTS_UP_POLL_MS,
    nowMs: around.nowMs,
    sleep: around.sleep,
    signal: around.signal,
  });
}

/** The kernels that the import's jobs can meet: those of its own hosts, else of the fleet as it is. */
async function hostVersions(
  { hosts }: ImportOptions,
  operator: ApiClient,
): Promise<readonly OsVersion[]> {
  const versions =
    hosts > 0
      ? HOST_OS_VERSIONS.map(parseOsVersion)
      : (await readHosts(operator)).map(({ osVersion }) => osVersion);
  return versions.filter((version) => version !== null);
}
