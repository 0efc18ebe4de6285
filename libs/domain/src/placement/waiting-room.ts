import type { TimeMs } from '../event.js';
import type { WorkloadId } from '../ids.js';
import type { DeferralCause } from '../workload/events.js';
import type { WorkloadState } from '../workload/state.js';

/** One workload that waits for a place. `order` is the position of its submission. */
export interface Waiting {
  readonly workloadId: WorkloadId;
  readonly priority: number;
  readonly order: number;
  readonly notBeforeMs: TimeMs;
}

/** Workloads that every host answers alike, first come first. */
export interface Line {
  readonly waiting: Waiting[];
  /** Up to which `order` the line has been told of each cause for which it waits. */
  readonly told: Map<DeferralCause, number>;
}

/**
 * Workloads that wait, in lines of equals: same tenant, image, request and decision. Where the first of
 * a line finds no place, none of the line does, so that a round looks at lines and not at thousands of
 * workloads. Changed in place by its one owner.
 */
export interface WaitingRoom {
  readonly lines: Map<string, Line>;
  readonly lineOf: Map<WorkloadId, string>;
}

export function emptyWaitingRoom(): WaitingRoom {
  return { lines: new Map(), lineOf: new Map() };
}

/** Equal for workloads that every host answers alike. */
function lineName(state: WorkloadState): string {
  const { tenantId, request, image, decision, notBeforeMs } = state;
  const { resources, isolation, strict, priority, user } = request ?? {};
  // A workload that may not be placed before some time stands in a line of its own until then.
  const alone = notBeforeMs > state.submittedAtMs ? state.workloadId : '';
  return [
    tenantId,
    image?.imageId,
    resources?.cpuMillis,
    resources?.memoryMiB,
    isolation,
    strict,
    priority,
    user === null ? '' : JSON.stringify(user),
    request?.capabilities.join(','),
    request?.hostAccess.join(','),
    decision?.isolation,
    alone,
  ].join(' ');
}

/** Takes a workload in, at its place in its line; one that waits already is only moved. */
export function enter(
  room: WaitingRoom,
  workloadId: WorkloadId,
  state: WorkloadState,
  order: number,
): void {
  leave(room, workloadId);
  const name = lineName(state);
  const line = room.lines.get(name) ?? { waiting: [], told: new Map() };
  const priority = state.request?.priority ?? 0;
  const { waiting } = line;
  let at = waiting.length;
  while (at > 0 && (waiting[at - 1] as Waiting).order > order) at -= 1;
  waiting.splice(at, 0, { workloadId, priority, order, notBeforeMs: state.notBeforeMs });
  room.lines.set(name, line);
  room.lineOf.set(workloadId, name);
}

export function leave(room: WaitingRoom, workloadId: WorkloadId): void {
  const name = room.lineOf.get(workloadId);
  if (name === undefined) return;
  room.lineOf.delete(workloadId);
  const line = room.lines.get(name);
  if (line === undefined) return;
  const at = line.waiting.findIndex((waiting) => waiting.workloadId === workloadId);
  if (at >= 0) line.waiting.splice(at, 1);
  if (line.waiting.length === 0) room.lines.delete(name);
}

/** Higher priority first, then who came first. */
export function comesBefore(a: Waiting, b: Waiting): boolean {
  return a.priority === b.priority ? a.order < b.order : a.priority > b.priority;
}
