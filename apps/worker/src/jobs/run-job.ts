import type { Job } from '../queue/job.js';
import { enforceTimeout } from './enforce-timeout.js';
import type { JobParts } from './job-parts.js';
import { provisionHost } from './provision-host.js';
import { rebootHost } from './reboot-host.js';
import { releaseWorkload } from './release-workload.js';
import { resumeHost } from './resume-host.js';
import { startWorkload } from './start-workload.js';
import { stopWorkload } from './stop-workload.js';
import { tendHostTemplates } from './tend-host-templates.js';

/** Runs one job. It may run twice, late, or beside another for the same attempt. */
export function runJob(parts: JobParts, job: Pick<Job, 'kind' | 'data'>): Promise<void> {
  const { kind, data } = job as Job;
  switch (kind) {
    case 'start-workload':
      return startWorkload(parts, data);
    case 'stop-workload':
      return stopWorkload(parts, data);
    case 'release-workload':
      return releaseWorkload(parts, data);
    case 'enforce-timeout':
      return enforceTimeout(parts, data);
    case 'provision-host':
      return provisionHost(parts, data);
    case 'resume-host':
      return resumeHost(parts, data);
    case 'reboot-host':
      return rebootHost(parts, data);
    case 'tend-templates':
      return tendHostTemplates(parts, data);
  }
}
