import type { RandomSource } from '@bulkhead/domain';

/** A choice by weight; the weights need not sum to anything. */
export class Weighted<Item> {
  readonly #sums: number[] = [];
  #sum = 0;

  /** @throws RangeError where there is nothing to choose from */
  constructor(private readonly items: readonly (readonly [item: Item, weight: number])[]) {
    for (const [, weight] of items) {
      this.#sum += Math.max(0, weight);
      this.#sums.push(this.#sum);
    }
    if (!(this.#sum > 0)) throw new RangeError('there is nothing to choose from');
  }

  pick(random: RandomSource): Item {
    const at = random() * this.#sum;
    let low = 0;
    let high = this.#sums.length - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#sums[middle] as number) > at) high = middle;
      else low = middle + 1;
    }
    return (this.items[low] as readonly [Item, number])[0];
  }

  /** The mean of what `value` gives of an item, by weight. */
  mean(value: (item: Item) => number): number {
    const sum = this.items.reduce((total, [item, weight]) => total + weight * value(item), 0);
    return sum / this.#sum;
  }
}
