import type { RandomSource, TimeMs } from '@bulkhead/domain';
import { randomFrom } from '../../../libs/hypervisor/src/simulated/random.js';

/** All chance of one kind in a simulated world. Kinds have numbers of their own, so that one does not shift another. */
export class Chance {
  private readonly random: RandomSource;

  constructor(seed: string) {
    this.random = randomFrom(seed);
  }

  /** True with this probability; asks for no number where the answer is sure. */
  is(probability: number): boolean {
    return probability > 0 && this.random() < probability;
  }

  /** A whole number from 0 to `count` - 1. */
  below(count: number): number {
    return Math.floor(this.random() * count);
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + this.below(most - least + 1);
  }

  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)] as T;
  }

  bytes(count: number): Buffer {
    const bytes = Buffer.alloc(count);
    for (let at = 0; at < count; at += 1) bytes[at] = this.below(256);
    return bytes;
  }
}

const HEX_12 = 12;

/**
 * UUIDs in the form of version 7 from the world's own time: as many as are asked for, no two alike. They
 * differ in their first 24 digits already, which the ids of a batch's tasks are made of.
 */
export function uuidsOf(clock: () => TimeMs, kind: number): () => string {
  let made = 0;
  const tail = kind.toString(16).padStart(HEX_12, '0');
  return () => {
    made += 1;
    const time = clock().toString(16).padStart(HEX_12, '0');
    const number = made.toString(16).padStart(6, '0');
    const middle = `7${number.slice(0, 3)}-8${number.slice(3)}`;
    return `${time.slice(0, 8)}-${time.slice(8)}-${middle}-${tail}`;
  };
}

/**
 * The same with what tells them apart in their last digits as well, which the ids of what a schedule fires
 * are made of: elsewhere those digits are chance.
 */
export function withOwnTail(newUuid: () => string): () => string {
  return () => {
    const uuid = newUuid();
    const number = `${uuid.slice(15, 18)}${uuid.slice(20, 23)}`;
    return `${uuid.slice(0, -HEX_12)}${number.padStart(HEX_12, '0')}`;
  };
}
