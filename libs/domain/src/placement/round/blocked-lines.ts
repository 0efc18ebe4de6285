import { BrokenInvariant } from '../../decider.js';
import type { WorkloadId } from '../../ids.js';
import type { DeferralCause } from '../../workload/events.js';
import type { WorkloadState } from '../../workload/state.js';
import type { Fleet } from '../fleet/fleet.js';
import type { Versioned } from '../fleet/fleet-host.js';
import type { Line } from '../waiting/line.js';
import type { Turn } from '../waiting/turns.js';
import type { OfWaiting, PlannedDeferral } from './planned-round.js';

/** A line for whose workloads, from this place on, there is nothing, and why. */
interface Blocked {
  readonly line: Line;
  readonly from: number;
  readonly cause: DeferralCause;
  readonly detail: string;
}

/** Whom a round has to tell why they wait. */
export class BlockedLines {
  private readonly blocked: Blocked[] = [];

  constructor(private readonly fleet: Fleet) {}

  /** Lines that have been told to their ends already have nothing more to hear. */
  add({ line, place: from }: Turn, cause: DeferralCause, detail: string): void {
    const last = line.at(line.length - 1)?.order ?? 0;
    if ((line.told.get(cause) ?? 0) < last) this.blocked.push({ line, from, cause, detail });
  }

  /** At most so many of them, each once for its attempt and cause; the others are told by the next round. */
  tell(most: number): PlannedDeferral[] {
    const deferrals: PlannedDeferral[] = [];
    for (const blocked of this.blocked) this.tellLine(blocked, most, deferrals);
    return deferrals;
  }

  /**
   * What holds for the first of a line holds for the others: each is told of the cause. The line
   * remembers how far it was told, so that waiting costs nothing.
   */
  private tellLine({ line, from, cause, detail }: Blocked, most: number, to: PlannedDeferral[]) {
    const { told } = line;
    for (
      let at = Math.max(from, line.firstAfter(told.get(cause) ?? 0));
      to.length < most;
      at += 1
    ) {
      const waiting = line.at(at);
      if (waiting === undefined) return;
      const { workloadId, order } = waiting;
      told.set(cause, order);
      const workload = this.fleet.workloads.get(workloadId);
      if (workload === undefined || workload.state.deferrals.includes(cause)) continue;
      to.push({ ...ofWaiting(workloadId, workload), cause, detail });
    }
  }
}

export function ofWaiting(workloadId: WorkloadId, workload: Versioned<WorkloadState>): OfWaiting {
  const { tenantId } = workload.state;
  if (tenantId === null) throw new BrokenInvariant(`${workloadId} has no tenant`);
  return { workloadId, tenantId, workload };
}
