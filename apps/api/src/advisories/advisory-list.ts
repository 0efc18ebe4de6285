import {
  type AdvisoryEvent,
  type AdvisoryState,
  advisoryDecider,
  type Clock,
} from '@bulkhead/domain';
import type { FollowedLog } from '../catalogue/platform-follower.js';
import { PlatformList } from '../catalogue/platform-list.js';

/** All advisories that were ever published. */
export class AdvisoryList extends PlatformList<AdvisoryState, AdvisoryEvent> {
  constructor(log: FollowedLog, clock: Clock) {
    super(log, clock, ['AdvisoryPublished', 'AdvisoryWithdrawn'], advisoryDecider);
  }
}
