import { type OsVersion, parseOsVersion } from '@bulkhead/domain';
import type { ApiClient } from '../http/api-client.js';
import { counted } from '../output/counted.js';
import { selectJobs } from '../swf/select-jobs.js';
import type { ImportFleet } from './import-fleet.js';
import type { ImportOptions } from './import-options.js';
import type { ImportSurroundings } from './import-surroundings.js';
import { durationMsOf, type JobMapping } from './job-request.js';
import { imageMapping } from './map-images.js';
import { HOST_OS_VERSIONS, planHosts } from './plan-hosts.js';
import { planTenants } from './plan-tenants.js';
import { type PolicyEntry, readCatalogue, readHosts, readList, readPolicy } from './platform.js';
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
}

/** Nothing is there to import. */
export class NoJobs extends Error {
  override readonly name = 'NoJobs';
}

/** Surveys the log and registers tenants and hosts. @throws NoJobs, UnreadableLog, RequestRefused */
export async function prepare(
  options: ImportOptions,
  around: ImportSurroundings,
  fleet: ImportFleet,
): Promise<Stage> {
  const survey = await surveyLog(options);
  around.step(
    `${options.file}: ${counted(survey.jobs, 'job')} of ${counted(survey.users.length, 'user')}, the largest on ${counted(survey.largestProcessors, 'processor')}.`,
  );
  for (const { line, problem } of survey.malformedLines) {
    around.step(`Line ${line} is skipped: ${problem}.`);
  }
  const tenants = await registerTenants(options, around, survey);
  const policy = await readPolicy(around.operator);
  await registerFleet(options, around, survey, policy, fleet);
  const { perProcessor, speed, unknownEvery } = options;
  const versions = await hostVersions(options, around.operator);
  const catalogue = await readCatalogue(around.operator);
  const clients = new Map(
    tenants.map(({ user, credential }) => [user, around.clientFor(credential)]),
  );
  if (options.cordonOthers) await fleet.cordonOthers();
  const imageOf = imageMapping(catalogue, versions, policy.compatibility, { unknownEvery });
  return {
    survey,
    tenants,
    hosts: fleet.size,
    mapping: { perProcessor, speed, imageOf },
    clientOf: (user) => clients.get(user) as ApiClient,
    longestRunMs: durationMsOf(survey.longestRunSeconds, speed),
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
  around.step(`Registering ${counted(planned.length, 'tenant')}.`);
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
  { hosts: count, perProcessor, speed, seed, faults }: ImportOptions,
  around: ImportSurroundings,
  { largestProcessors }: Survey,
  { utilityVmReserve }: PolicyEntry,
  fleet: ImportFleet,
): Promise<void> {
  if (count === 0) return;
  const hosts = planHosts({
    count,
    largestProcessors,
    perProcessor,
    utilityVmReserve,
    speed,
    seed,
    faults: faults ?? null,
    suffix: `-${around.runId}`,
  });
  await fleet.register(hosts);
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
