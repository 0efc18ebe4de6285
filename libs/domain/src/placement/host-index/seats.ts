import type { HostId } from '../../ids.js';
import type { Resources } from '../../workload/request.js';
import type { FleetHost } from '../fleet/fleet-host.js';
import { freeShareOf } from './fit.js';

const SEATS_AT_FIRST = 8;

/**
 * What the order and the room of each host are worked out from, in columns by the number of its seat: a
 * search reads a few numbers of many hosts, and columns keep them close together. A number is given to
 * another host once its own has left.
 */
export class Seats {
  readonly hosts: FleetHost[] = [];
  readonly hostIds: HostId[] = [];
  freeCpuMillis = new Float64Array(SEATS_AT_FIRST);
  freeMemoryMiB = new Float64Array(SEATS_AT_FIRST);
  /** By `freeShareOf`. */
  freeShare = new Float64Array(SEATS_AT_FIRST);
  private readonly vacant: number[] = [];

  add(host: FleetHost): number {
    const seat = this.vacant.pop() ?? this.hosts.length;
    if (seat >= this.freeCpuMillis.length) this.grow();
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
    this.freeShare[seat] = freeShareOf(capacity, freeCpuMillis, freeMemoryMiB);
  }

  cpuMillisAt(seat: number): number {
    return this.freeCpuMillis[seat] as number;
  }

  memoryMiBAt(seat: number): number {
    return this.freeMemoryMiB[seat] as number;
  }

  freeShareAt(seat: number): number {
    return this.freeShare[seat] as number;
  }

  /** More room first, then the lower id. */
  isRoomier(a: number, b: number): boolean {
    const ofA = this.freeShareAt(a);
    const ofB = this.freeShareAt(b);
    return ofA === ofB ? (this.hostIds[a] as HostId) < (this.hostIds[b] as HostId) : ofA > ofB;
  }

  /** Less CPU free first, then less memory, then the lower id: so those with the very same stand together. */
  isFuller(a: number, b: number): boolean {
    const cpuMillis = this.cpuMillisAt(a) - this.cpuMillisAt(b);
    if (cpuMillis !== 0) return cpuMillis < 0;
    const memoryMiB = this.memoryMiBAt(a) - this.memoryMiBAt(b);
    if (memoryMiB !== 0) return memoryMiB < 0;
    return (this.hostIds[a] as HostId) < (this.hostIds[b] as HostId);
  }

  private grow(): void {
    const doubled = (column: Float64Array) => {
      const longer = new Float64Array(column.length * 2);
      longer.set(column);
      return longer;
    };
    this.freeCpuMillis = doubled(this.freeCpuMillis);
    this.freeMemoryMiB = doubled(this.freeMemoryMiB);
    this.freeShare = doubled(this.freeShare);
  }
}
