import type { Resources } from '../../workload/request.js';
import { Cell } from './cell.js';
import { leastSnugMisfit } from './fit.js';
import type { Seats } from './seats.js';
import type { Shortlist } from './shortlist.js';

/** Cells of a side; a bit of a number for each. */
const SIDE = 32;
/** Shares are quotients: so much may they be off. */
const ROUNDING = 1e-9;

/**
 * Many hosts of one capacity for snug fits, by how much of their CPU (row) and of their memory (column) is
 * free. What is asked for is one corner of all that has room. A search begins there, looks at two sides of
 * a square that grows from it, and ends where nobody can be better any more.
 */
export class Grid {
  private readonly cells: (Cell | undefined)[] = new Array(SIDE * SIDE).fill(undefined);
  /** For each row the columns in which anybody is, a bit each; and the other way round. */
  private readonly columnsOf = new Int32Array(SIDE);
  private readonly rowsOf = new Int32Array(SIDE);

  constructor(
    private readonly of: Seats,
    private readonly capacity: Resources,
  ) {}

  put(seat: number): void {
    const row = this.rowFor(this.of.cpuMillisAt(seat));
    const column = this.columnFor(this.of.memoryMiBAt(seat));
    this.cells[row * SIDE + column] ??= new Cell(this.of, 'snug');
    this.cells[row * SIDE + column]?.put(seat);
    this.columnsOf[row] = (this.columnsOf[row] as number) | (1 << column);
    this.rowsOf[column] = (this.rowsOf[column] as number) | (1 << row);
  }

  /** Takes out a seat that was put in and has not changed since. */
  take(seat: number): void {
    const row = this.rowFor(this.of.cpuMillisAt(seat));
    const column = this.columnFor(this.of.memoryMiBAt(seat));
    const cell = this.cells[row * SIDE + column];
    cell?.take(seat);
    if (cell?.size !== 0) return;
    this.columnsOf[row] = (this.columnsOf[row] as number) & ~(1 << column);
    this.rowsOf[column] = (this.rowsOf[column] as number) & ~(1 << row);
  }

  /** Offers all with room that may be among the best. */
  offerFitting(shortlist: Shortlist): void {
    const row = this.rowFor(shortlist.needed.cpuMillis);
    const column = this.columnFor(shortlist.needed.memoryMiB);
    const sides = SIDE - Math.min(row, column);
    for (let away = 0; away < sides; away += 1) {
      // Of one resource at least, they would all be left with more than this.
      if (leastSnugMisfit((away - 1) / SIDE) - ROUNDING > shortlist.worst) return;
      this.offerRow(row + away, column, column + away, shortlist);
      this.offerColumn(column + away, row, row + away - 1, shortlist);
    }
  }

  /** The most CPU and the most memory that any has free, not necessarily the same one. */
  mostFree(): Resources {
    let [cpuMillis, memoryMiB] = [0, 0];
    const row = this.columnsOf.findLastIndex((columns) => columns !== 0);
    const column = this.rowsOf.findLastIndex((rows) => rows !== 0);
    for (let at = 0; at < SIDE; at += 1) {
      const inRow = this.cells[row * SIDE + at]?.mostCpuMillis() ?? 0;
      const inColumn = this.cells[at * SIDE + column]?.mostMemoryMiB() ?? 0;
      cpuMillis = Math.max(cpuMillis, inRow);
      memoryMiB = Math.max(memoryMiB, inColumn);
    }
    return { cpuMillis, memoryMiB };
  }

  some(test: (seat: number) => boolean): boolean {
    return this.cells.some((cell) => cell?.some(test));
  }

  all(): number[] {
    return this.cells.flatMap((cell) => cell?.all() ?? []);
  }

  private offerRow(row: number, from: number, to: number, shortlist: Shortlist): void {
    if (row >= SIDE) return;
    let columns = (this.columnsOf[row] as number) & bits(from, to);
    for (; columns !== 0; columns &= columns - 1) {
      this.cells[row * SIDE + lowestOf(columns)]?.offerTo(shortlist);
    }
  }

  private offerColumn(column: number, from: number, to: number, shortlist: Shortlist): void {
    if (column >= SIDE) return;
    let rows = (this.rowsOf[column] as number) & bits(from, to);
    for (; rows !== 0; rows &= rows - 1) {
      this.cells[lowestOf(rows) * SIDE + column]?.offerTo(shortlist);
    }
  }

  private rowFor(cpuMillis: number): number {
    return cellAt(cpuMillis / this.capacity.cpuMillis);
  }

  private columnFor(memoryMiB: number): number {
    return cellAt(memoryMiB / this.capacity.memoryMiB);
  }
}

function cellAt(share: number): number {
  return Math.max(0, Math.min(SIDE - 1, Math.floor(share * SIDE)));
}

/** The bits from one to another, both among them; none where that is before the first. */
function bits(from: number, to: number): number {
  if (to < from) return 0;
  const last = Math.min(to, SIDE - 1);
  return (-1 >>> (SIDE - 1 - last)) & (-1 << from);
}

function lowestOf(set: number): number {
  return SIDE - 1 - Math.clz32(set & -set);
}
