import { isDeepStrictEqual } from 'node:util';
import {
  emptyFleet,
  evolveFleet,
  type Fleet,
  fleetEventTypes,
  type RecordedEvent,
  type StreamId,
} from '@bulkhead/domain';
import type { WorkerLife } from '../world/worker-life.js';

/** The parts of the fleet that keep streams, by the prefix of their names. */
const keptStreams = [
  ['wl_', 'workloads'],
  ['ten_', 'tenants'],
  ['host_', 'hosts'],
  ['img_', 'images'],
] as const;

/** Every state is compared by its version, and one in so many down to its last field. */
const DEEPLY_ONE_IN = 4;
/** What a process thinks of next, which is not in the log. */
const notFolded: ReadonlySet<string> = new Set(['index', 'pending', 'hosts', 'use', 'batchTasks']);

/** What each worker holds in memory, against a fold of the log that nobody else works with. */
export class LiveState {
  readonly fleet: Fleet = emptyFleet();
  private readonly types = new Set<string>(fleetEventTypes);
  private touched: StreamId[] = [];
  private readonly behind = new Map<WorkerLife, Set<StreamId>>();
  private compared = 0;

  /** Position of the newest event. */
  head = 0;
  private readonly newest = new Map<string, number>();

  see(recorded: RecordedEvent): void {
    this.head = recorded.position;
    this.newest.set(recorded.event.type, recorded.position);
    if (!this.types.has(recorded.event.type)) return;
    evolveFleet(this.fleet, recorded);
    this.touched.push(recorded.stream);
  }

  /** Position of the newest event of these types. */
  lastOf(types: readonly string[]): number {
    return types.reduce((last, type) => Math.max(last, this.newest.get(type) ?? 0), 0);
  }

  /** What differs, in words. A worker that has not read so far yet is looked at when it has. */
  differs(workers: readonly WorkerLife[]): string | null {
    for (const worker of workers) {
      const streams = this.behind.get(worker) ?? new Set();
      for (const stream of this.touched) streams.add(stream);
      if (!this.behind.has(worker)) this.behind.set(worker, streams);
      if (streams.size === 0) continue;
      const { fleet } = worker.worker.follower;
      if (fleet.position !== this.fleet.position) continue;
      for (const stream of streams) {
        const because = this.streamDiffers(fleet, stream);
        if (because !== null) return `live-state: ${worker.life.name}: ${stream}: ${because}`;
      }
      streams.clear();
    }
    this.touched = [];
    if (this.behind.size > workers.length) this.forgetDead(workers);
    return null;
  }

  /** The same for everything at once, of a worker that has read everything. */
  differsAtAll({ worker, life }: WorkerLife): string | null {
    const { fleet } = worker.follower;
    if (fleet.position !== this.fleet.position) return null;
    for (const part of Object.keys(fleet) as (keyof Fleet)[]) {
      if (notFolded.has(part) || isDeepStrictEqual(fleet[part], this.fleet[part])) continue;
      return `live-state: ${life.name}: ${part} is not what the log says`;
    }
    return null;
  }

  private streamDiffers(fleet: Fleet, stream: StreamId): string | null {
    const kept = keptStreams.find(([prefix]) => stream.startsWith(prefix));
    if (kept === undefined) return null;
    type States = ReadonlyMap<StreamId, { readonly state: unknown; readonly version: number }>;
    const live = (fleet[kept[1]] as States).get(stream);
    const right = (this.fleet[kept[1]] as States).get(stream);
    if (live?.version !== right?.version) {
      return `it is held at version ${live?.version}, and the log is at ${right?.version}`;
    }
    this.compared += 1;
    if (this.compared % DEEPLY_ONE_IN > 0) return null;
    return isDeepStrictEqual(live?.state, right?.state) ? null : 'its fold is another state';
  }

  private forgetDead(workers: readonly WorkerLife[]): void {
    for (const worker of this.behind.keys()) {
      if (!workers.includes(worker)) this.behind.delete(worker);
    }
  }
}
