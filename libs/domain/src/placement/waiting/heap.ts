/** Things of which always the first is wanted; changed in place. */
export class Heap<T> {
  private readonly things: T[];

  /** Takes over `things`, in any order. */
  constructor(
    things: T[],
    private readonly goesBefore: (one: T, other: T) => boolean,
  ) {
    this.things = things;
    for (let at = (things.length >> 1) - 1; at >= 0; at -= 1) this.sink(at);
  }

  get first(): T | undefined {
    return this.things[0];
  }

  /** After the first has become another. */
  firstChanged(): void {
    this.sink(0);
  }

  dropFirst(): void {
    const last = this.things.pop();
    if (this.things.length === 0 || last === undefined) return;
    this.things[0] = last;
    this.sink(0);
  }

  put(thing: T): void {
    let at = this.things.push(thing) - 1;
    for (let above = (at - 1) >> 1; at > 0; above = (at - 1) >> 1) {
      if (!this.goesBefore(thing, this.things[above] as T)) break;
      this.things[at] = this.things[above] as T;
      at = above;
    }
    this.things[at] = thing;
  }

  private sink(from: number): void {
    const { things, goesBefore } = this;
    const thing = things[from];
    if (thing === undefined) return;
    let at = from;
    for (let below = 2 * at + 1; below < things.length; below = 2 * at + 1) {
      const right = things[below + 1];
      if (right !== undefined && goesBefore(right, things[below] as T)) below += 1;
      if (!goesBefore(things[below] as T, thing)) break;
      things[at] = things[below] as T;
      at = below;
    }
    things[at] = thing;
  }
}
