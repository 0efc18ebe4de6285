import { BrokenInvariant } from '../../decider.js';
import type { WorkloadState } from '../../workload/state.js';
import { type Fleet, imageOf, tenantOf } from '../fleet/fleet.js';
import type { HostShape } from '../unrunnable.js';

/**
 * What a line was last judged by, apart from what its workloads have in common: refusals follow from these
 * alone. While none of them has moved, a workload that was not refused would not be refused now.
 */
export class LastLook {
  private constructor(
    private readonly tenantVersion: number,
    private readonly imageVersion: number,
    private readonly policyVersion: number,
    /** The index makes another list whenever a shape comes or goes. */
    private readonly shapes: readonly HostShape[],
  ) {}

  static at(fleet: Fleet, { tenantId, image }: WorkloadState): LastLook {
    if (tenantId === null || image === null) throw new BrokenInvariant('nothing was submitted');
    return new LastLook(
      tenantOf(fleet, tenantId).version,
      imageOf(fleet, image.imageId).version,
      fleet.policy.version,
      fleet.index.shapes(),
    );
  }

  stillHolds(fleet: Fleet, { tenantId, image }: WorkloadState): boolean {
    return (
      this.shapes === fleet.index.shapes() &&
      this.policyVersion === fleet.policy.version &&
      tenantId !== null &&
      this.tenantVersion === tenantOf(fleet, tenantId).version &&
      image !== null &&
      this.imageVersion === imageOf(fleet, image.imageId).version
    );
  }
}
