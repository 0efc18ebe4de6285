/** Lets everything else that is ready run first. */
export type NextTurn = () => Promise<unknown>;

/**
 * What is done at a time of work that grows with what a tenant sends: a few milliseconds' worth, because nothing
 * else of the process runs meanwhile, neither another tenant's request nor a stop.
 */
export const SLICE_MAX = { items: 250, bytes: 256 * 1024 } as const;

/** Cuts work into slices, between which the process does whatever else there is to do. */
export class Slices {
  private items = 0;
  private bytes = 0;

  constructor(private readonly nextTurn: NextTurn) {}

  /** To be awaited after each item: once a slice is full it takes until the next turn. */
  async did(bytes: number): Promise<void> {
    this.items += 1;
    this.bytes += bytes;
    if (this.items < SLICE_MAX.items && this.bytes < SLICE_MAX.bytes) return;
    this.items = 0;
    this.bytes = 0;
    await this.nextTurn();
  }
}
