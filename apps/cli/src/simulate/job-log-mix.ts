import { compatibilityTable, policyVersion1, seededCatalogue } from '@bulkhead/domain';
import type { Arrival, Mix, PlannedHosts } from '@bulkhead/simulation';
import { jobRequest, type ProcessorSize } from '../import/job-request.js';
import { imageMapping } from '../import/map-images.js';
import { planTenants, type TenantChoices } from '../import/plan-tenants.js';
import type { Survey } from '../import/survey.js';
import type { SwfJob } from '../swf/swf-job.js';

/** What a log's jobs become, chosen as for `bulkhead import`. */
export interface JobLogChoices extends Omit<TenantChoices, 'suffix'> {
  readonly perProcessor: ProcessorSize;
  readonly unknownEvery: number;
}

/** A job asks for more than any host of the fleet has. */
export class JobTooLarge extends RangeError {
  override readonly name = 'JobTooLarge';
}

const MS_PER_SECOND = 1_000;

/** The jobs of a log as arrivals, in the log's own time. @throws JobTooLarge, ImpossibleChoice */
export function jobLogMix(
  jobs: readonly SwfJob[],
  survey: Survey,
  hosts: PlannedHosts,
  choices: JobLogChoices,
): Mix {
  const { perProcessor, unknownEvery } = choices;
  checkSize(survey, hosts, perProcessor);
  const planned = planTenants(survey.users, { ...choices, suffix: '' });
  const tenantOf = new Map(planned.map(({ user }, at) => [user, at]));
  const table = compatibilityTable(policyVersion1.compatibilityVersion);
  const imageOf = imageMapping(seededCatalogue, hosts.osVersions, table, { unknownEvery });
  const inOrder = [...jobs].sort((a, b) => a.submitSeconds - b.submitSeconds || a.line - b.line);
  return {
    tenants: planned.map(({ name, trust, boundaryGroup }) => ({ name, trust, boundaryGroup })),
    workloads: jobs.length,
    arrivals: function* (): Generator<Arrival> {
      for (const job of inOrder) {
        const { image, resources, simulation } = jobRequest(job, {
          perProcessor,
          speed: 1,
          imageOf,
        });
        yield {
          atMs: (job.submitSeconds - survey.firstSubmitSeconds) * MS_PER_SECOND,
          tenant: tenantOf.get(job.user) ?? 0,
          image,
          isolation: 'default',
          resources,
          durationMs: simulation.durationMs,
        };
      }
    },
  };
}

/** What no host could ever hold would only be refused, each time with the same reason. */
function checkSize(survey: Survey, hosts: PlannedHosts, perProcessor: ProcessorSize): void {
  const { cpuMillis, memoryMiB } = policyVersion1.utilityVmReserve;
  const processors = survey.largestProcessors;
  const needsCpus = Math.ceil((processors * perProcessor.cpuMillis + cpuMillis) / 1_000);
  const needsGib = Math.ceil((processors * perProcessor.memoryMiB + memoryMiB) / 1_024);
  if (needsCpus * 1_000 <= hosts.cpuMillis && needsGib * 1_024 <= hosts.memoryMiB) return;
  throw new JobTooLarge(
    `the largest job has ${processors} processors; in a utility VM it needs --host-cpus ${needsCpus} --host-memory-gib ${needsGib}`,
  );
}
