import type { Line, Waiting } from './line.js';

/**
 * Whether one of two workloads of a tenant goes before the other. Each step of priority is worth
 * `priorityStepMs` of waiting, so that whoever has waited so much longer goes first in spite of a lower
 * priority. The answer never changes while both wait: nothing has to be sorted anew as time goes by.
 */
export function goesBefore(one: Waiting, other: Waiting, priorityStepMs: number): boolean {
  const lead = other.sinceMs - one.sinceMs + (one.priority - other.priority) * priorityStepMs;
  return lead === 0 ? one.order < other.order : lead > 0;
}

/** A tenant's lines in the order in which their first go. Changed in place by the waiting room. */
export class TenantQueue {
  readonly lines: Line[] = [];
  /** By whom each line stands where it does. */
  private readonly firsts = new Map<Line, Waiting>();

  constructor(private priorityStepMs: number) {}

  /** Puts a line where its first belongs, after that has changed; one that is empty goes. */
  place(line: Line): void {
    const first = line.at(0);
    const before = this.firsts.get(line);
    if (first === before) return;
    if (before !== undefined) {
      this.lines.splice(this.placeOf(before), 1);
      this.firsts.delete(line);
    }
    if (first === undefined) return;
    this.lines.splice(this.placeOf(first), 0, line);
    this.firsts.set(line, first);
  }

  /** Another worth of priority sorts everything once. */
  arrange(priorityStepMs: number): void {
    this.priorityStepMs = priorityStepMs;
    const first = (line: Line) => line.at(0) as Waiting;
    this.lines.sort((a, b) => (goesBefore(first(a), first(b), priorityStepMs) ? -1 : 1));
  }

  /** How many lines go before it. */
  private placeOf(waiting: Waiting): number {
    let low = 0;
    let high = this.lines.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const first = this.firsts.get(this.lines[middle] as Line) as Waiting;
      if (goesBefore(first, waiting, this.priorityStepMs)) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
