import {
  type Clock,
  type IncidentEvent,
  type IncidentState,
  incidentDecider,
} from '@bulkhead/domain';
import type { FollowedLog } from '../catalogue/platform-follower.js';
import { PlatformList } from '../catalogue/platform-list.js';

/** All incidents that were ever reported. */
export class IncidentList extends PlatformList<IncidentState, IncidentEvent> {
  constructor(log: FollowedLog, clock: Clock) {
    super(log, clock, ['IncidentReported', 'IncidentContained'], incidentDecider);
  }
}
