import type { TimeMs } from '../event.js';
import type { WorkloadId } from '../ids.js';
import type { WorkloadState } from '../workload/state.js';

/** One workload that waits for a place. `order` is the position of its submission. */
export interface Waiting {
  readonly workloadId: WorkloadId;
  readonly priority: number;
  readonly order: number;
  readonly notBeforeMs: TimeMs;
}

/**
 * Workloads that wait, in lines of equals: same tenant, image, request and decision. Where the first of
 * a line finds no place, none of the line does, so that a round looks at lines and not at thousands of
 * workloads. Changed in place by its one owner.
 */
export interface WaitingRoom {
  readonly lines: Map<string, Waiting[]>;
  readonly lineOf: Map<WorkloadId, string>;
}

export function emptyWaitingRoom(): WaitingRoom {
  return { lines: new Map(), lineOf: new Map() };
}

/** Equal for workloads that every host answers alike. */
function lineName(state: WorkloadState): string {
  const { tenantId, request, image, decision, notBeforeMs } = state;
  const { resources, isolation, strict, priority } = request ?? {};
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
  const line = room.lines.get(name) ?? [];
  const priority = state.request?.priority ?? 0;
  const waiting = { workloadId, priority, order, notBeforeMs: state.notBeforeMs };
  let at = line.length;
  while (at > 0 && (line[at - 1] as Waiting).order > order) at -= 1;
  line.splice(at, 0, waiting);
  room.lines.set(name, line);
  room.lineOf.set(workloadId, name);
}

export function leave(room: WaitingRoom, workloadId: WorkloadId): void {
  const name = room.lineOf.get(workloadId);
  if (name === undefined) return;
  room.lineOf.delete(workloadId);
  const line = room.lines.get(name);
  if (line === undefined) return;
  const at = line.findIndex((waiting) => waiting.workloadId === workloadId);
  if (at >= 0) line.splice(at, 1);
  if (line.length === 0) room.lines.delete(name);
}

/** Higher priority first, then who came first. */
export function comesBefore(a: Waiting, b: Waiting): boolean {
  return a.priority === b.priority ? a.order < b.order : a.priority > b.priority;
}
