import { BrokenInvariant } from '../../decider.js';
import type { TimeMs } from '../../event.js';
import { labelsKey } from '../../host/labels.js';
import type { HostId, TenantId, WorkloadId } from '../../ids.js';
import type { WorkloadState } from '../../workload/state.js';
import { Line, type Waiting } from './line.js';
import { TenantQueue } from './tenant-queue.js';

/**
 * Workloads that wait, in lines of equals: same tenant, image, request and decision. Where the first of
 * a line finds no place, none of the line does, so that a round looks at lines and not at thousands of
 * workloads. Each tenant's lines are kept in the order in which they go. Changed in place by its one owner.
 */
export interface WaitingRoom {
  readonly queues: Map<TenantId, TenantQueue>;
  readonly lines: Map<string, Line>;
  readonly lineOf: Map<WorkloadId, { readonly line: Line; readonly waiting: Waiting }>;
  /** By tenant: the host that is kept for one of its workloads, until that leaves. */
  readonly kept: Map<TenantId, KeptHost>;
  /** What a step of priority is worth, as policy said when the queues were last put in order. */
  priorityStepMs: number;
}

export interface KeptHost {
  readonly workloadId: WorkloadId;
  readonly hostId: HostId;
  /** Others were displaced from it for this workload: nobody else gets their room, whoever comes first. */
  readonly freed: boolean;
}

export function emptyWaitingRoom(): WaitingRoom {
  const [queues, lines, lineOf, kept] = [new Map(), new Map(), new Map(), new Map()];
  return { queues, lines, lineOf, kept, priorityStepMs: 0 };
}

/** Puts the queues in order for another worth of priority; costs nothing where it is the same. */
export function arrange(room: WaitingRoom, priorityStepMs: number): void {
  if (room.priorityStepMs === priorityStepMs) return;
  room.priorityStepMs = priorityStepMs;
  for (const queue of room.queues.values()) queue.arrange(priorityStepMs);
}

/** Equal for workloads that every host answers alike. */
function lineName(state: WorkloadState): string {
  const { tenantId, request, image, decision, batch, notBeforeMs } = state;
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
    labelsKey(request?.hostSelector ?? {}),
    // Hosts answer tasks by the batch that they must be spread in.
    request?.spread === 'required' ? batch?.batchId : '',
    alone,
  ].join(' ');
}

/**
 * Since when a workload's waiting counts. What was taken from its place by the platform keeps the time of
 * its submission; after an attempt that failed by itself, or had to give way to a more urgent one, it
 * counts anew, or what has run for a day would have waited for a day.
 */
export function waitsSince({ submittedAtMs, notBeforeMs, current }: WorkloadState): TimeMs {
  const failedByItself = current?.failure?.counted === true;
  const gaveWay = current?.eviction === 'preempted';
  return failedByItself || gaveWay ? Math.max(submittedAtMs, notBeforeMs) : submittedAtMs;
}

/** Takes a workload in, at its place in its line; one that waits already is only moved. */
export function enter(
  room: WaitingRoom,
  workloadId: WorkloadId,
  state: WorkloadState,
  order: number,
): void {
  const { tenantId, notBeforeMs } = state;
  if (tenantId === null) throw new BrokenInvariant(`${workloadId} has no tenant`);
  const name = lineName(state);
  const priority = state.request?.priority ?? 0;
  const waiting = { workloadId, priority, order, notBeforeMs, sinceMs: waitsSince(state) };
  const before = room.lineOf.get(workloadId);
  if (before?.line.name === name && isSame(before.waiting, waiting)) return;
  leave(room, workloadId);
  const line = room.lines.get(name) ?? new Line(name, tenantId);
  line.put(waiting);
  room.lines.set(name, line);
  room.lineOf.set(workloadId, { line, waiting });
  const queue = room.queues.get(tenantId) ?? new TenantQueue(room.priorityStepMs);
  room.queues.set(tenantId, queue);
  queue.place(line);
}

export function leave(room: WaitingRoom, workloadId: WorkloadId): void {
  const seat = room.lineOf.get(workloadId);
  if (seat === undefined) return;
  room.lineOf.delete(workloadId);
  const { line, waiting } = seat;
  if (room.kept.get(line.tenantId)?.workloadId === workloadId) room.kept.delete(line.tenantId);
  line.take(waiting);
  if (line.length === 0) room.lines.delete(line.name);
  const queue = room.queues.get(line.tenantId);
  queue?.place(line);
  if (queue?.lines.length === 0) room.queues.delete(line.tenantId);
}

function isSame(one: Waiting, other: Waiting): boolean {
  return (
    one.order === other.order &&
    one.sinceMs === other.sinceMs &&
    one.notBeforeMs === other.notBeforeMs
  );
}
