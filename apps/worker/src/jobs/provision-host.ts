import { because } from '../because.js';
import type { HostJobData } from '../queue/job.js';
import { type JobParts, specOf } from './job-parts.js';

/**
 * Makes a registered host exist and records its boot; one that exists keeps its boot. Its lease it gets from whoever keeps
 * in touch with it, who has to know until when what runs there may go on.
 */
export async function provisionHost(parts: JobParts, data: HostJobData): Promise<void> {
  const { hostId, position, correlationId } = data;
  const { follower, fences, hosts } = parts;
  if (!follower.hasSeen(position)) await follower.catchUp();
  const spec = specOf(parts, hostId);
  const driver = parts.drivers.driverFor(spec);
  const fence = await fences.of(hostId, position);
  await driver.provision(spec, fence);
  const metadata = because('jobs', correlationId, position);
  const fingerprint = await driver.fingerprint();
  await hosts.answered(hostId, fingerprint, metadata);
}
