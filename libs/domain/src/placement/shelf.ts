import type { HostId } from '../ids.js';
import type { Resources } from '../workload/request.js';
import type { FleetHost } from './fleet-host.js';

/** A host on a shelf: what the order and the room were worked out from when it was put there. */
export interface Seat {
  readonly host: FleetHost;
  readonly hostId: HostId;
  /** Free CPU and free memory, each as a share of what the host has, together 0 to 2. */
  readonly freeShare: number;
  readonly freeCpuMillis: number;
  readonly freeMemoryMiB: number;
}

/** Seats that stand together, and the most that any of them has free, so that all can be passed by. */
interface Chunk {
  readonly seats: Seat[];
  mostCpuMillis: number;
  mostMemoryMiB: number;
}

const CHUNK_SEATS_MAX = 64;

/** Fuller first, then the lower id: the order in which best fit looks. */
export function seatComesBefore(a: Seat, b: Seat): boolean {
  return a.freeShare === b.freeShare ? a.hostId < b.hostId : a.freeShare < b.freeShare;
}

/**
 * Hosts of one capacity in the order of best fit. Putting in, taking out and finding look at a few
 * chunks and not at every host; where none has room, that is seen from the chunks alone.
 */
export class Shelf {
  private readonly chunks: Chunk[] = [];
  size = 0;

  put(seat: Seat): void {
    this.size += 1;
    const at = Math.min(this.chunkOf(seat), this.chunks.length - 1);
    const chunk = this.chunks[at];
    if (chunk === undefined) {
      this.chunks.push(chunkOf([seat]));
      return;
    }
    chunk.seats.splice(placeIn(chunk.seats, seat), 0, seat);
    chunk.mostCpuMillis = Math.max(chunk.mostCpuMillis, seat.freeCpuMillis);
    chunk.mostMemoryMiB = Math.max(chunk.mostMemoryMiB, seat.freeMemoryMiB);
    if (chunk.seats.length <= CHUNK_SEATS_MAX) return;
    const upper = chunk.seats.splice(CHUNK_SEATS_MAX / 2);
    this.chunks.splice(at, 1, chunkOf(chunk.seats), chunkOf(upper));
  }

  /** Takes out a seat that was put in; nothing happens where it is not there. */
  take(seat: Seat): void {
    const at = this.chunkOf(seat);
    const chunk = this.chunks[at];
    if (chunk === undefined) return;
    const place = placeIn(chunk.seats, seat);
    if (chunk.seats[place]?.hostId !== seat.hostId) return;
    chunk.seats.splice(place, 1);
    this.size -= 1;
    const next = this.chunks[at + 1];
    const together = chunk.seats.length + (next?.seats.length ?? 0);
    if (chunk.seats.length === 0) this.chunks.splice(at, 1);
    else if (next !== undefined && together <= CHUNK_SEATS_MAX / 2) {
      this.chunks.splice(at, 2, chunkOf([...chunk.seats, ...next.seats]));
    } else if (wasMost(chunk, seat)) this.chunks[at] = chunkOf(chunk.seats);
  }

  /**
   * Shows those with room, in order, until `enough` says so. `leastShare` is the share that the room
   * itself is: whoever has less free cannot have it.
   */
  visitFitting(needed: Resources, leastShare: number, enough: (seat: Seat) => boolean): void {
    for (let at = this.firstWith(leastShare); at < this.chunks.length; at += 1) {
      const chunk = this.chunks[at] as Chunk;
      if (!hasRoom(chunk.mostCpuMillis, chunk.mostMemoryMiB, needed)) continue;
      for (const seat of chunk.seats) {
        if (hasRoom(seat.freeCpuMillis, seat.freeMemoryMiB, needed) && enough(seat)) return;
      }
    }
  }

  /** The most CPU and the most memory that any has free, not necessarily the same one. */
  mostFree(): Resources {
    let cpuMillis = 0;
    let memoryMiB = 0;
    for (const { mostCpuMillis, mostMemoryMiB } of this.chunks) {
      cpuMillis = Math.max(cpuMillis, mostCpuMillis);
      memoryMiB = Math.max(memoryMiB, mostMemoryMiB);
    }
    return { cpuMillis, memoryMiB };
  }

  /** In order. */
  hosts(): FleetHost[] {
    return this.chunks.flatMap(({ seats }) => seats.map(({ host }) => host));
  }

  /** Index of the first chunk whose last seat does not come before this one. */
  private chunkOf(seat: Seat): number {
    return this.firstChunk((last) => !seatComesBefore(last, seat));
  }

  private firstWith(share: number): number {
    return this.firstChunk((last) => last.freeShare >= share);
  }

  private firstChunk(reaches: (last: Seat) => boolean): number {
    let low = 0;
    let high = this.chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (reaches(this.chunks[middle]?.seats.at(-1) as Seat)) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function hasRoom(cpuMillis: number, memoryMiB: number, needed: Resources): boolean {
  return memoryMiB >= needed.memoryMiB && cpuMillis >= needed.cpuMillis;
}

function wasMost(chunk: Chunk, { freeCpuMillis, freeMemoryMiB }: Seat): boolean {
  return freeCpuMillis === chunk.mostCpuMillis || freeMemoryMiB === chunk.mostMemoryMiB;
}

/** Index of the first of these that does not come before the seat. */
function placeIn(seats: readonly Seat[], seat: Seat): number {
  let low = 0;
  let high = seats.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (seatComesBefore(seats[middle] as Seat, seat)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function chunkOf(seats: Seat[]): Chunk {
  let mostCpuMillis = Number.NEGATIVE_INFINITY;
  let mostMemoryMiB = Number.NEGATIVE_INFINITY;
  for (const { freeCpuMillis, freeMemoryMiB } of seats) {
    mostCpuMillis = Math.max(mostCpuMillis, freeCpuMillis);
    mostMemoryMiB = Math.max(mostMemoryMiB, freeMemoryMiB);
  }
  return { seats, mostCpuMillis, mostMemoryMiB };
}
