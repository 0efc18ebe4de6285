import type { HostShape } from '../unrunnable.js';
import type { Seats } from './seats.js';
import { Shelf } from './shelf.js';
import type { Shortlist } from './shortlist.js';
import { fitFor } from './standing.js';

/** So few are looked at one by one, whatever their classes; more stand on a shelf for each class. */
const FEW_MAX = 64;
/** Well below, so that the shelves do not come and go. */
const FEW_AGAIN = 32;

/**
 * The hosts whose kernels belong to one boundary, where its silos may join. Most boundaries have a few of
 * several classes, which lie beside each other here: a shelf for each class would be mostly ways to it.
 */
export class OwnedHosts {
  /** In no order; empty while there are shelves. */
  private few: number[] = [];
  private shelves: Map<HostShape, Shelf> | null = null;
  size = 0;

  constructor(private readonly of: Seats) {}

  put(seat: number): void {
    this.size += 1;
    if (this.shelves !== null) this.putOnShelf(this.shelves, seat);
    else this.few.push(seat);
    if (this.few.length > FEW_MAX) this.arrange();
  }

  /** Takes out a seat that was put in and has not changed since. */
  take(seat: number): void {
    this.size -= 1;
    if (this.shelves === null) {
      const last = this.few.pop() as number;
      if (last !== seat) this.few[this.few.indexOf(seat)] = last;
      return;
    }
    const shape = this.of.shapeAt(seat);
    const shelf = this.shelves.get(shape);
    shelf?.take(seat);
    if (shelf?.size === 0) this.shelves.delete(shape);
    if (this.size > FEW_AGAIN) return;
    this.few = [...this.shelves.values()].flatMap((shelf) => [...shelf.all()]);
    this.shelves = null;
  }

  /** Comes before a change of the seat's room; `lower` follows it. */
  lift(seat: number): void {
    this.shelfOf(seat)?.lift(seat);
  }

  lower(seat: number): void {
    this.shelfOf(seat)?.lower(seat);
  }

  /** Offers all of these classes with room that may be among the best. */
  offerFitting(classes: readonly Shaped[], shortlist: Shortlist): void {
    for (const [shape, shelf] of this.shelves ?? none) {
      if (isAmong(classes, shape)) shelf.offerFitting(shortlist);
    }
    for (let at = 0; at < this.few.length; at += 1) {
      const seat = this.few[at] as number;
      if (!shortlist.hasRoomOn(seat)) continue;
      const shape = this.of.shapeAt(seat);
      if (!isAmong(classes, shape)) continue;
      shortlist.ofCapacity(shape);
      shortlist.offer(seat);
    }
  }

  /** Those of a class, as a shelf to look at; undefined where there are none. */
  shelfFor(shape: HostShape): Shelf | undefined {
    if (this.shelves !== null) return this.shelves.get(shape);
    const shelf = this.newShelf(shape);
    for (const seat of this.few) if (this.of.shapeAt(seat) === shape) shelf.put(seat);
    return shelf.size === 0 ? undefined : shelf;
  }

  /** One for each class of which there are any. */
  shapes(): ReadonlySet<HostShape> {
    const ofFew = this.few.map((seat) => this.of.shapeAt(seat));
    return new Set([...ofFew, ...(this.shelves?.keys() ?? [])]);
  }

  private shelfOf(seat: number): Shelf | undefined {
    return this.shelves?.get(this.of.shapeAt(seat));
  }

  private newShelf(shape: HostShape): Shelf {
    return new Shelf(this.of, shape, fitFor('process', true));
  }

  private putOnShelf(shelves: Map<HostShape, Shelf>, seat: number): void {
    const shape = this.of.shapeAt(seat);
    const shelf = shelves.get(shape) ?? this.newShelf(shape);
    shelf.put(seat);
    shelves.set(shape, shelf);
  }

  private arrange(): void {
    const shelves = new Map<HostShape, Shelf>();
    for (const seat of this.few) this.putOnShelf(shelves, seat);
    this.few = [];
    this.shelves = shelves;
  }
}

/** A class is known by its shape, which is one object. */
interface Shaped {
  readonly shape: HostShape;
}

function isAmong(classes: readonly Shaped[], shape: HostShape): boolean {
  for (const one of classes) if (one.shape === shape) return true;
  return false;
}

const none: ReadonlyMap<HostShape, Shelf> = new Map();
