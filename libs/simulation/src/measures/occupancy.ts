import type { HostId, Resources, TimeMs } from '@bulkhead/domain';
import { Level } from './level.js';
import { Series } from './series.js';

/** What the fleet holds, from placement to release. */
export class Occupancy {
  readonly placed: Level;
  readonly waiting: Level;
  readonly reservedMiB: Level;
  readonly hostsInUse: Level;
  readonly series: Series;
  /** The most that one host held at a time. */
  peakPerHost = 0;
  readonly #perHost = new Map<HostId, number>();

  constructor(
    startMs: TimeMs,
    private readonly inUseMiB: () => number,
  ) {
    this.placed = new Level(startMs);
    this.waiting = new Level(startMs);
    this.reservedMiB = new Level(startMs);
    this.hostsInUse = new Level(startMs);
    this.series = new Series(startMs);
  }

  /** Time has come to here, with everything as it was. */
  reach(nowMs: TimeMs): void {
    this.series.until(nowMs, () => ({
      placed: this.placed.value,
      waiting: this.waiting.value,
      reservedMiB: this.reservedMiB.value,
      inUseMiB: this.inUseMiB(),
      hostsInUse: this.hostsInUse.value,
    }));
  }

  enter(hostId: HostId, { memoryMiB }: Resources, nowMs: TimeMs): void {
    this.placed.add(1, nowMs);
    this.reservedMiB.add(memoryMiB, nowMs);
    const count = (this.#perHost.get(hostId) ?? 0) + 1;
    this.#perHost.set(hostId, count);
    if (count === 1) this.hostsInUse.add(1, nowMs);
    if (count > this.peakPerHost) this.peakPerHost = count;
  }

  leave(hostId: HostId, { memoryMiB }: Resources, nowMs: TimeMs): void {
    this.placed.add(-1, nowMs);
    this.reservedMiB.add(-memoryMiB, nowMs);
    const count = (this.#perHost.get(hostId) ?? 0) - 1;
    this.#perHost.set(hostId, count);
    if (count === 0) this.hostsInUse.add(-1, nowMs);
  }
}
