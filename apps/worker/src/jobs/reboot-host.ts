import { hostOf, mayReboot } from '@bulkhead/domain';
import { because } from '../because.js';
import type { HostJobData } from '../queue/job.js';
import { driverOf, type JobParts } from './job-parts.js';

/**
 * Boots an empty host anew, as the log asks, and records its new boot. The event that asked is the cause,
 * whichever delivery it is: the host takes the same cause for the same reboot. Nothing is done once the
 * log has the new boot, nor while the host is lost or in quarantine: afterwards the comparison of log and
 * host issues the job again. A lease of its new boot it gets from whoever keeps in touch with it, who has to know until
 * when what runs there may go on.
 */
export async function rebootHost(parts: JobParts, data: HostJobData): Promise<void> {
  const { hostId, correlationId } = data;
  const { follower, fences, hosts } = parts;
  // A reboot cannot be taken back and is seldom: it goes by the newest that the log has.
  await follower.catchUp();
  const askedAt = follower.rebootAskedAt.get(hostId);
  if (askedAt === undefined || !mayReboot(hostOf(follower.fleet, hostId).state)) return;
  const driver = driverOf(parts, hostId);
  const fence = await fences.of(hostId, askedAt);
  await driver.reboot(hostId, fence);
  const fingerprint = await driver.fingerprint();
  await hosts.answered(hostId, fingerprint, because('jobs', correlationId, askedAt));
}
