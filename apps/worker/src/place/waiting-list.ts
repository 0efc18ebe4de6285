import {
  emptyWaitingRoom,
  enter,
  leave,
  type RecordedEvent,
  type WaitingRoom,
  type WorkloadId,
  waitsForPlace,
} from '@bulkhead/domain';
import type { FleetFollower } from '../fleet/fleet-follower.js';

/** Events that only tell how far an attempt has come: they free nothing and ask for nothing. */
const idleTypes: ReadonlySet<RecordedEvent['event']['type']> = new Set([
  'IsolationDecided',
  'PlacementDeferred',
  'WorkloadPlaced',
  'StartAuthorized',
  'ImagePulled',
  'UtilityVmBooted',
  'ComputeSystemCreated',
  'NetworkAttached',
  'ComputeSystemStarted',
  'ComputeSystemStartFailed',
  'ComputeSystemExited',
  'ComputeSystemLost',
  'WorkloadDeadlineExceeded',
]);

/** The waiting room, kept in step with the log: who waits for a place, and whether a look is worth it. */
export class WaitingList {
  readonly room: WaitingRoom = emptyWaitingRoom();
  /** True when something has happened that may let somebody in. */
  worthALook = true;

  constructor(private readonly follower: FleetFollower) {
    follower.onEvent(({ stream, event }) => {
      if (!idleTypes.has(event.type)) this.worthALook = true;
      if (stream.startsWith('wl_')) this.keep(stream as WorkloadId);
    });
  }

  /** Takes a workload in or out, as its state demands. A proposal on its way keeps it out. */
  keep(workloadId: WorkloadId): void {
    const { fleet, submissions } = this.follower;
    const known = fleet.workloads.get(workloadId);
    const waits =
      known !== undefined && !fleet.pending.has(workloadId) && waitsForPlace(known.state);
    if (!waits) {
      leave(this.room, workloadId);
    } else if (!this.room.lineOf.has(workloadId)) {
      enter(this.room, workloadId, known.state, submissions.get(workloadId)?.position ?? 0);
    }
  }

  /** What has been proposed stands in no line until the log has answered. */
  takeOut(workloadId: WorkloadId): void {
    leave(this.room, workloadId);
  }
}
