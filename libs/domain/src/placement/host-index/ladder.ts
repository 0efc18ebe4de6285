import type { Resources } from '../../workload/request.js';
import { Cell } from './cell.js';
import type { Seats } from './seats.js';
import type { Shortlist } from './shortlist.js';

/** A power of two, so that the ends of a rung are exact. */
const RUNGS = 128;
/** Each rung has a cell for hosts that are short of CPU, and one for hosts that are short of memory. */
const CELLS_PER_RUNG = 2;

/**
 * Many hosts of one capacity for roomy fits, which go by the free share alone, whatever is asked for: a
 * search climbs down from the highest rung that has anybody and ends where nobody can be better any more.
 * Hosts of a cell are short of the same resource, and the cell knows how much of the other one any of them
 * has, so that those without room are passed by together.
 */
export class Ladder {
  private readonly cells: (Cell | undefined)[] = new Array(RUNGS * CELLS_PER_RUNG).fill(undefined);
  /** For each cell, the most that any has of the resource that it is not short of; -1 where nobody is. */
  private readonly mostOther = new Float64Array(RUNGS * CELLS_PER_RUNG).fill(-1);
  /** How many of the cell have as much as that. */
  private readonly havingMost = new Int32Array(RUNGS * CELLS_PER_RUNG);
  /** Above it nobody is. */
  private highest = 0;

  constructor(
    private readonly of: Seats,
    private readonly capacity: Resources,
  ) {}

  put(seat: number): void {
    const at = this.cellFor(seat);
    this.cells[at] ??= new Cell(this.of, 'roomy');
    this.cells[at]?.put(seat);
    this.highest = Math.max(this.highest, Math.floor(at / CELLS_PER_RUNG));
    const other = this.otherAt(at, seat);
    const most = this.mostOther[at] as number;
    if (other < most) return;
    this.mostOther[at] = other;
    this.havingMost[at] = other === most ? (this.havingMost[at] as number) + 1 : 1;
  }

  /** Takes out a seat that was put in and has not changed since. */
  take(seat: number): void {
    const at = this.cellFor(seat);
    this.cells[at]?.take(seat);
    if (this.otherAt(at, seat) < (this.mostOther[at] as number)) return;
    this.havingMost[at] = (this.havingMost[at] as number) - 1;
    if (this.havingMost[at] === 0) this.findMost(at);
  }

  /** Offers all with room that may be among the best. */
  offerFitting(shortlist: Shortlist): void {
    const { cpuMillis, memoryMiB } = shortlist.needed;
    const lowestOfCpu = rungFor(cpuMillis / this.capacity.cpuMillis);
    const lowestOfMemory = rungFor(memoryMiB / this.capacity.memoryMiB);
    const lowest = Math.min(lowestOfCpu, lowestOfMemory);
    this.lowerHighest();
    for (let rung = this.highest; rung >= lowest; rung -= 1) {
      // All of them have less room than this.
      if (-(rung + 1) / RUNGS > shortlist.worst) return;
      const shortOfCpu = rung * CELLS_PER_RUNG;
      const shortOfMemory = shortOfCpu + 1;
      if (rung >= lowestOfCpu && (this.mostOther[shortOfCpu] as number) >= memoryMiB) {
        this.cells[shortOfCpu]?.offerTo(shortlist);
      }
      if (rung >= lowestOfMemory && (this.mostOther[shortOfMemory] as number) >= cpuMillis) {
        this.cells[shortOfMemory]?.offerTo(shortlist);
      }
    }
  }

  /** The most CPU and the most memory that any has free, not necessarily the same one. */
  mostFree(): Resources {
    this.lowerHighest();
    let [cpuMillis, memoryMiB] = [0, 0];
    let [ofShortOfCpu, ofShortOfMemory] = [0, 0];
    for (let rung = this.highest; rung >= 0; rung -= 1) {
      const shortOfCpu = rung * CELLS_PER_RUNG;
      const shortOfMemory = shortOfCpu + 1;
      memoryMiB = Math.max(memoryMiB, this.mostOther[shortOfCpu] as number);
      cpuMillis = Math.max(cpuMillis, this.mostOther[shortOfMemory] as number);
      // On a lower rung nobody has more of what they are short of.
      if (ofShortOfCpu === 0) ofShortOfCpu = this.cells[shortOfCpu]?.mostCpuMillis() ?? 0;
      if (ofShortOfMemory === 0) {
        ofShortOfMemory = this.cells[shortOfMemory]?.mostMemoryMiB() ?? 0;
      }
    }
    return {
      cpuMillis: Math.max(cpuMillis, ofShortOfCpu),
      memoryMiB: Math.max(memoryMiB, ofShortOfMemory),
    };
  }

  some(test: (seat: number) => boolean): boolean {
    return this.cells.some((cell) => cell?.some(test));
  }

  all(): number[] {
    return this.cells.flatMap((cell) => cell?.all() ?? []);
  }

  private lowerHighest(): void {
    let rung = this.highest;
    while (
      rung > 0 &&
      this.isEmpty(rung * CELLS_PER_RUNG) &&
      this.isEmpty(rung * CELLS_PER_RUNG + 1)
    ) {
      rung -= 1;
    }
    this.highest = rung;
  }

  private isEmpty(at: number): boolean {
    return (this.mostOther[at] as number) < 0;
  }

  private findMost(at: number): void {
    const cell = this.cells[at];
    let most = -1;
    let having = 0;
    for (let place = 0; place < (cell?.size ?? 0); place += 1) {
      const other = this.otherAt(at, cell?.seatAt(place) as number);
      if (other < most) continue;
      having = other === most ? having + 1 : 1;
      most = other;
    }
    this.mostOther[at] = most;
    this.havingMost[at] = having;
  }

  private cellFor(seat: number): number {
    const cpu = this.of.cpuMillisAt(seat) / this.capacity.cpuMillis;
    const memory = this.of.memoryMiBAt(seat) / this.capacity.memoryMiB;
    return cpu <= memory ? rungFor(cpu) * CELLS_PER_RUNG : rungFor(memory) * CELLS_PER_RUNG + 1;
  }

  private otherAt(at: number, seat: number): number {
    return isShortOfCpu(at) ? this.of.memoryMiBAt(seat) : this.of.cpuMillisAt(seat);
  }
}

function rungFor(share: number): number {
  return Math.max(0, Math.min(RUNGS - 1, Math.floor(share * RUNGS)));
}

function isShortOfCpu(at: number): boolean {
  return at % CELLS_PER_RUNG === 0;
}
