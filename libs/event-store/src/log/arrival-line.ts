/** Something that knows when it came: the lower the number, the earlier. */
export interface Arrived {
  readonly nr: number;
}

/** So many places at the front of a line may be empty before the others move up. */
const EMPTY_PLACES_MAX = 1_024;

/**
 * Gives back whatever came earliest, in whatever order things were put in. Most are put in as they come,
 * and stand in a line that costs next to nothing; who is let in behind a later one goes through a heap.
 */
export class ArrivalLine<T extends Arrived> {
  private readonly line: T[] = [];
  private lineStart = 0;
  private readonly heap: T[] = [];

  first(): T | undefined {
    const inLine = this.line[this.lineStart];
    const late = this.heap[0];
    return late === undefined || (inLine !== undefined && inLine.nr < late.nr) ? inLine : late;
  }

  push(item: T): void {
    const { line } = this;
    const last = line.length > this.lineStart ? line[line.length - 1] : undefined;
    if (last === undefined || last.nr < item.nr) line.push(item);
    else this.rise(item);
  }

  pop(): T | undefined {
    const first = this.first();
    if (first === undefined) return undefined;
    if (first === this.heap[0]) this.popHeap();
    else this.leaveLine();
    return first;
  }

  private leaveLine(): void {
    const { line } = this;
    this.lineStart += 1;
    if (this.lineStart === line.length) line.length = 0;
    else if (this.lineStart < EMPTY_PLACES_MAX || this.lineStart * 2 < line.length) return;
    else line.splice(0, this.lineStart);
    this.lineStart = 0;
  }

  private popHeap(): void {
    const last = this.heap.pop();
    if (last !== undefined && this.heap.length > 0) this.sink(last);
  }

  private rise(item: T): void {
    const { heap } = this;
    let at = heap.length;
    heap.push(item);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt] as T;
      if (parent.nr < item.nr) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = item;
  }

  /** Puts it where the first was, and lets those that came before it rise. */
  private sink(item: T): void {
    const { heap } = this;
    let at = 0;
    for (let childAt = 1; childAt < heap.length; childAt = 2 * at + 1) {
      let child = heap[childAt] as T;
      const other = heap[childAt + 1];
      if (other !== undefined && other.nr < child.nr) {
        child = other;
        childAt += 1;
      }
      if (item.nr < child.nr) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = item;
  }
}
