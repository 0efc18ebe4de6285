import type { ImageId } from '../../ids.js';

const NONE: ReadonlySet<ImageId> = new Set();
const BITS = 32;

/** Which seats have pulled an image: a bit for each, so that asking touches next to nothing. */
export class PulledImages {
  private readonly byImage = new Map<ImageId, { bits: Uint32Array; count: number }>();

  /** A host had these and has those now. */
  change(
    seat: number,
    before: ReadonlySet<ImageId> | null,
    now: ReadonlySet<ImageId> | null,
  ): void {
    if (before === now) return;
    for (const imageId of before ?? NONE) if (!now?.has(imageId)) this.clear(imageId, seat);
    for (const imageId of now ?? NONE) if (!before?.has(imageId)) this.set(imageId, seat);
  }

  /** The seats that have it, for `seatIsIn`; null where none has. */
  seatsWith(imageId: ImageId): Uint32Array | null {
    return this.byImage.get(imageId)?.bits ?? null;
  }

  private set(imageId: ImageId, seat: number): void {
    const word = Math.floor(seat / BITS);
    const known = this.byImage.get(imageId) ?? { bits: new Uint32Array(word + 1), count: 0 };
    if (word >= known.bits.length) {
      const longer = new Uint32Array(Math.max(word + 1, known.bits.length * 2));
      longer.set(known.bits);
      known.bits = longer;
    }
    known.bits[word] = (known.bits[word] as number) | (1 << (seat % BITS));
    known.count += 1;
    this.byImage.set(imageId, known);
  }

  private clear(imageId: ImageId, seat: number): void {
    const known = this.byImage.get(imageId);
    if (known === undefined) return;
    const word = Math.floor(seat / BITS);
    known.bits[word] = (known.bits[word] as number) & ~(1 << (seat % BITS));
    known.count -= 1;
    if (known.count === 0) this.byImage.delete(imageId);
  }
}

export function seatIsIn(seats: Uint32Array | null, seat: number): boolean {
  if (seats === null) return false;
  return (((seats[Math.floor(seat / BITS)] ?? 0) >>> (seat % BITS)) & 1) === 1;
}
