import type { Event } from '../event.js';
import type { ComputeSystemId, HostId, KernelInstanceId } from '../ids.js';
import type { OsVersion } from '../image/events.js';
import type { TrustBoundary } from '../tenant/events.js';

/**
 * One running kernel: a host's boot, or one utility VM. With a utility VM the guest kernel comes from
 * the image's base layer, so its version is kept beside the host's, whose hypervisor is the wall.
 */
export type KernelStarted = Event<
  'KernelStarted',
  1,
  {
    kernelInstanceId: KernelInstanceId;
    kind: 'host' | 'utility-vm';
    hostId: HostId;
    computeSystemId: ComputeSystemId | null;
    kernelVersion: OsVersion | null;
    hostVersion: OsVersion;
  }
>;
/** From here until its end the kernel belongs to this boundary; no other may ever run on it. */
export type KernelClaimed = Event<'KernelClaimed', 1, { trustBoundary: TrustBoundary }>;
export type KernelEnded = Event<
  'KernelEnded',
  1,
  { cause: 'rebooted' | 'fenced' | 'retired' | 'released' | 'lost' }
>;

export type KernelEvent = KernelStarted | KernelClaimed | KernelEnded;
