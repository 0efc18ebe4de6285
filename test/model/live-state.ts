import { isDeepStrictEqual } from 'node:util';
import {
  type BatchId,
  type Decider,
  emptyFleet,
  evolveFleet,
  type HostId,
  hostDecider,
  imageDecider,
  type RecordedEvent,
  type StreamId,
  type TenantId,
  tenantDecider,
  type WorkloadId,
  workloadDecider,
} from '@bulkhead/domain';
import { contentsOf, indexOf } from '../domain/index-contents.js';
import type { World } from '../domain/world.js';
import type { Held } from './tallied.js';
import type { Tally } from './tally.js';

/** Streams whose state the fleet keeps, by the prefix of their names. */
const keptStreams = [
  ['wl_', workloadDecider, 'workloads'],
  ['ten_', tenantDecider, 'tenants'],
  ['host_', hostDecider, 'hosts'],
  ['img_', imageDecider, 'images'],
] as const;

/**
 * Holds what the system has in memory against the log after every step: each stream that moved, folded
 * from what storage would give back, and every sum that it touched, added up by the tally.
 */
export class LiveState {
  private readonly folded = new Map<StreamId, unknown>();

  constructor(
    private readonly world: World,
    private readonly tally: Tally,
  ) {}

  /** What differs after these events, in words; the tally has seen them. */
  differs(appended: readonly RecordedEvent[]): string | null {
    for (const recorded of appended) this.fold(recorded);
    for (const stream of new Set(appended.map((recorded) => recorded.stream))) {
      const because = this.foldDiffers(stream);
      if (because !== null) return `live-state: ${stream}: ${because}`;
    }
    for (const holder of this.tally.touched) {
      const because = holder.startsWith('bat_')
        ? this.tasksDiffer(holder as BatchId)
        : this.sumsDiffer(holder as HostId | TenantId);
      if (because !== null) return `live-state: ${holder}: ${because}`;
    }
    this.tally.touched.clear();
    const because = this.roomDiffers();
    return because === null ? null : `live-state: ${because}`;
  }

  /** The same for everything at once, folded again from the first event. */
  differsAtAll(): string | null {
    const { fleet, log } = this.world;
    const again = emptyFleet();
    for (const recorded of log.events) evolveFleet(again, asStored(recorded));
    for (const part of Object.keys(fleet) as (keyof typeof fleet)[]) {
      if (part === 'index' || isDeepStrictEqual(again[part], fleet[part])) continue;
      return `live-state: folded again, ${part} is another`;
    }
    const index = contentsOf(indexOf(fleet.hosts.values()));
    return isDeepStrictEqual(contentsOf(fleet.index), index)
      ? null
      : 'live-state: the index is not what the hosts are';
  }

  private fold(recorded: RecordedEvent): void {
    const { stream, event } = asStored(recorded);
    const kept = keptStreams.find(([prefix]) => stream.startsWith(prefix));
    if (kept === undefined) return;
    const decider = kept[1] as unknown as Decider<never, unknown, typeof event>;
    const before = this.folded.get(stream) ?? decider.initialState;
    this.folded.set(stream, decider.evolve(before, event));
  }

  private foldDiffers(stream: StreamId): string | null {
    const kept = keptStreams.find(([prefix]) => stream.startsWith(prefix));
    if (kept === undefined) return null;
    const live = (this.world.fleet[kept[2]] as ReadonlyMap<StreamId, unknown>).get(stream);
    const folded = this.folded.get(stream);
    if (live === undefined) {
      const isOver = stream.startsWith('wl_') && !this.tally.workloads.has(stream as WorkloadId);
      if (isOver) this.folded.delete(stream);
      return isOver ? null : 'the fleet does not know it';
    }
    const { state, version } = live as { state: unknown; version: number };
    if (version !== this.world.log.versionOf(stream)) return `the fleet is at version ${version}`;
    return isDeepStrictEqual(state, folded) ? null : 'its fold is another state';
  }

  private sumsDiffer(holder: HostId | TenantId): string | null {
    const { fleet } = this.world;
    const host = fleet.hosts.get(holder as HostId);
    const tallied = this.tally.hosts.get(holder as HostId);
    const told =
      host === undefined
        ? sumsOf(fleet.use.get(holder as TenantId) ?? null)
        : [host.usedCpuMillis, host.usedMemoryMiB, host.utilityVms, host.evicting].join();
    const right =
      tallied === undefined
        ? sumsOf(this.tally.tenants.get(holder as TenantId) ?? null)
        : [tallied.cpuMillis, tallied.memoryMiB, tallied.utilityVms, tallied.leaving].join();
    return told === right ? null : `it is held to hold ${told}, and holds ${right}`;
  }

  private tasksDiffer(batchId: BatchId): string | null {
    const told = tasksText(this.world.fleet.batchTasks.get(batchId));
    const right = tasksText(this.tally.tasksOn.get(batchId));
    return told === right ? null : `its tasks are held to be on ${told}, and are on ${right}`;
  }

  private roomDiffers(): string | null {
    const { fleet, room } = this.world;
    if (fleet.pending.size > 0) return 'a proposal was neither recorded nor returned';
    if (fleet.index.claimIsPending(null)) return 'a claim was neither recorded nor returned';
    const { waiting, workloads } = this.tally;
    if (fleet.workloads.size !== workloads.size) return 'the fleet knows other workloads';
    if (room.lineOf.size === waiting) return null;
    return `${room.lineOf.size} stand in the waiting room, and ${waiting} wait`;
  }
}

/** As it comes back from storage: nothing that JSON would lose may matter. */
function asStored(recorded: RecordedEvent): RecordedEvent {
  return { ...recorded, event: JSON.parse(JSON.stringify(recorded.event)) };
}

/** How many are where, in one order; where there are none is not told. */
function tasksText(onHosts: ReadonlyMap<HostId, number> = new Map()): string {
  const some = [...onHosts].filter(([, count]) => count !== 0);
  return some
    .map(([hostId, count]) => `${hostId}: ${count}`)
    .sort()
    .join(', ');
}

function sumsOf(held: Held | null): string {
  if (held === null) return '0,0,0,0';
  const { workloads, cpuMillis, memoryMiB, utilityVms } = held;
  return [workloads, cpuMillis, memoryMiB, utilityVms].join();
}
