/** What stands under a name in a layer that many may look at and nobody changes. */
export type LayerBelow<T> = ReadonlyMap<string, T>;

/**
 * Names over a layer that is shared with others. What is written stays above it, so that whoever has another view of
 * the same layer never sees it. Windows takes no notice of case in any of its namespaces.
 */
export class LayeredNames<T> {
  readonly #own = new Map<string, { readonly name: string; readonly value: T }>();

  constructor(private readonly below: LayerBelow<T> = new Map()) {}

  read(name: string): T | undefined {
    return this.#own.get(keyOf(name))?.value ?? this.readBelow(name);
  }

  /** What would be there if nothing had been written. */
  readBelow(name: string): T | undefined {
    return this.below.get(keyOf(name));
  }

  write(name: string, value: T): void {
    this.#own.set(keyOf(name), { name, value });
  }

  /** What was written, in the order of its first writing; nothing of the layer below. */
  own(): readonly { readonly name: string; readonly value: T }[] {
    return [...this.#own.values()];
  }
}

/** A layer of these names. */
export function layerBelow<T>(entries: readonly (readonly [string, T])[]): LayerBelow<T> {
  return new Map(entries.map(([name, value]) => [keyOf(name), value]));
}

function keyOf(name: string): string {
  return name.toLowerCase();
}
