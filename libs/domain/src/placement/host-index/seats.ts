import type { HostId } from '../../ids.js';
import type { Resources } from '../../workload/request.js';
import type { FleetHost } from '../fleet/fleet-host.js';

const SEATS_AT_FIRST = 8;

/**
 * What the order and the room of each host are worked out from, in columns by the number of its seat: a
 * search reads a few numbers of many hosts, and columns keep them close together. A number is given to
 * another host once its own has left.
 */
export class Seats {
  readonly hosts: FleetHost[] = [];
  readonly hostIds: HostId[] = [];
  /** Free CPU and free memory, each as a share of what the host has, together 0 to 2. */
  freeShare = new Float64Array(SEATS_AT_FIRST);
  freeCpuMillis = new Float64Array(SEATS_AT_FIRST);
  freeMemoryMiB = new Float64Array(SEATS_AT_FIRST);
  private readonly vacant: number[] = [];

  add(host: FleetHost): number {
    const seat = this.vacant.pop() ?? this.hosts.length;
    if (seat >= this.freeShare.length) this.grow();
    this.hosts[seat] = host;
    this.hostIds[seat] = host.hostId;
    return seat;
  }

  remove(seat: number): void {
    this.vacant.push(seat);
  }

  /** Notes the host as it is now, and what of its capacity is free. */
  set(seat: number, host: FleetHost, capacity: Resources): void {
    const freeCpuMillis = capacity.cpuMillis - host.usedCpuMillis;
    const freeMemoryMiB = capacity.memoryMiB - host.usedMemoryMiB;
    this.hosts[seat] = host;
    this.freeCpuMillis[seat] = freeCpuMillis;
    this.freeMemoryMiB[seat] = freeMemoryMiB;
    this.freeShare[seat] = shareOf(capacity, freeCpuMillis, freeMemoryMiB);
  }

  shareAt(seat: number): number {
    return this.freeShare[seat] as number;
  }

  cpuMillisAt(seat: number): number {
    return this.freeCpuMillis[seat] as number;
  }

  memoryMiBAt(seat: number): number {
    return this.freeMemoryMiB[seat] as number;
  }

  /** Fuller first, then the lower id: the order in which best fit looks. */
  comesBefore(a: number, b: number): boolean {
    const ofA = this.shareAt(a);
    const ofB = this.shareAt(b);
    return ofA === ofB ? (this.hostIds[a] as HostId) < (this.hostIds[b] as HostId) : ofA < ofB;
  }

  private grow(): void {
    const doubled = (column: Float64Array) => {
      const longer = new Float64Array(column.length * 2);
      longer.set(column);
      return longer;
    };
    this.freeShare = doubled(this.freeShare);
    this.freeCpuMillis = doubled(this.freeCpuMillis);
    this.freeMemoryMiB = doubled(this.freeMemoryMiB);
  }
}

/** So much CPU and memory as a share of what hosts of this capacity have, together 0 to 2. */
export function shareOf(capacity: Resources, cpuMillis: number, memoryMiB: number): number {
  return cpuMillis / capacity.cpuMillis + memoryMiB / capacity.memoryMiB;
}
