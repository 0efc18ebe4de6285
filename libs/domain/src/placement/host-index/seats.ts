import type { HostId } from '../../ids.js';
import type { Resources } from '../../workload/request.js';
import type { FleetHost } from '../fleet/fleet-host.js';
import type { HostShape } from '../unrunnable.js';
import { freeShareOf } from './fit.js';

const SEATS_AT_FIRST = 8;
/** Of each host: its free CPU, its free memory, and its free share; one more, so that rows share no line of a cache. */
const NUMBERS = 4;
const CPU_MILLIS = 0;
const MEMORY_MIB = 1;
const FREE_SHARE = 2;

/**
 * What the order and the room of each host are worked out from, in a row of numbers by its seat: a search
 * reads a few numbers of many hosts, and those of one host lie beside each other, so that memory is waited
 * for once. A seat is given to another host once its own has left.
 */
export class Seats {
  readonly hosts: FleetHost[] = [];
  readonly hostIds: HostId[] = [];
  private readonly shapes: HostShape[] = [];
  private rows = new Float64Array(SEATS_AT_FIRST * NUMBERS);
  private readonly vacant: number[] = [];

  add(host: FleetHost, shape: HostShape): number {
    const seat = this.vacant.pop() ?? this.hosts.length;
    if (seat * NUMBERS >= this.rows.length) this.grow();
    this.hosts[seat] = host;
    this.hostIds[seat] = host.hostId;
    this.shapes[seat] = shape;
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
    const row = seat * NUMBERS;
    this.rows[row + CPU_MILLIS] = freeCpuMillis;
    this.rows[row + MEMORY_MIB] = freeMemoryMiB;
    this.rows[row + FREE_SHARE] = freeShareOf(capacity, freeCpuMillis, freeMemoryMiB);
  }

  /** The same object for all hosts of a class. */
  shapeAt(seat: number): HostShape {
    return this.shapes[seat] as HostShape;
  }

  cpuMillisAt(seat: number): number {
    return this.rows[seat * NUMBERS + CPU_MILLIS] as number;
  }

  memoryMiBAt(seat: number): number {
    return this.rows[seat * NUMBERS + MEMORY_MIB] as number;
  }

  /** By `freeShareOf`. */
  freeShareAt(seat: number): number {
    return this.rows[seat * NUMBERS + FREE_SHARE] as number;
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

  /** Whether both have the very same free. */
  isLike(a: number, b: number): boolean {
    const sameCpu = this.cpuMillisAt(a) === this.cpuMillisAt(b);
    return sameCpu && this.memoryMiBAt(a) === this.memoryMiBAt(b);
  }

  private grow(): void {
    const longer = new Float64Array(this.rows.length * 2);
    longer.set(this.rows);
    this.rows = longer;
  }
}
