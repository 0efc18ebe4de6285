type Cancel = () => void;
const nothing: Cancel = () => {};

/** What a compute system will still do by itself. Forgetting it twice is harmless. */
export class PendingWork {
  /** The end of its start, or of its run. */
  next = nothing;
  /** Its answer to a shutdown, or its forced end; null where neither was asked for. */
  stop: Cancel | null = null;
  escape = nothing;

  forget(): void {
    this.next();
    this.escape();
    this.stop?.();
  }
}
