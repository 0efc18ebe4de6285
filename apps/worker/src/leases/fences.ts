import type { HostId } from '@bulkhead/domain';
import type { Fence } from '@bulkhead/hypervisor';
import type { LeaseKeeper } from './lease-keeper.js';

const HOST_LEASE = 'host:';

export function hostLeaseName(hostId: HostId): string {
  return `${HOST_LEASE}${hostId}`;
}

export function isHostLease(name: string): boolean {
  return name.startsWith(HOST_LEASE);
}

/** Nobody has ever held the host's lease, so no effect on it can be fenced yet. */
export class HostNotLeased extends Error {
  override readonly name = 'HostNotLeased';
  constructor(hostId: HostId) {
    super(`host ${hostId} has no lease yet`);
  }
}

/** The proof that goes with every effect on a host. */
export class Fences {
  constructor(private readonly leases: Pick<LeaseKeeper, 'currentEpochOf'>) {}

  /** @throws HostNotLeased until some worker has taken the host's lease */
  async of(hostId: HostId, cause: number): Promise<Fence> {
    const token = await this.leases.currentEpochOf(hostLeaseName(hostId));
    if (token === null) throw new HostNotLeased(hostId);
    return { token, cause };
  }
}
