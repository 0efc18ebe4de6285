import { because } from '../because.js';
import type { HostJobData } from '../queue/job.js';
import { type JobParts, specOf } from './job-parts.js';

/** Makes a registered host exist and records its boot; one that exists keeps its boot. */
export async function provisionHost(parts: JobParts, data: HostJobData): Promise<void> {
  const { hostId, position, correlationId } = data;
  const { follower, fences, hosts } = parts;
  if (!follower.hasSeen(position)) await follower.catchUp();
  const spec = specOf(parts, hostId);
  const driver = parts.drivers.driverFor(spec);
  await driver.provision(spec, await fences.of(hostId, position));
  const metadata = because('jobs', correlationId, position);
  await hosts.answered(hostId, await driver.fingerprint(), metadata);
}
