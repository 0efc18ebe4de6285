/** Counts by name, listed in the order of names so that no run's order shows. */
export class Tally {
  readonly #counts = new Map<string, number>();

  add(name: string, count = 1): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + count);
  }

  get(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  list(): Readonly<Record<string, number>> {
    const names = [...this.#counts.keys()].sort((a, b) => (a < b ? -1 : 1));
    return Object.fromEntries(names.map((name) => [name, this.get(name)]));
  }
}
