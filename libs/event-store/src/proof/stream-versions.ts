/** About 30 MB. Streams live for minutes to days, so the ones written last are the ones that come again. */
export const STREAMS_REMEMBERED_MAX = 200_000;

/**
 * Checks that each stream's versions are dense. To know every stream would take memory without bound,
 * so only those written last are remembered, and one that comes back after it was forgotten is taken
 * as it comes. Nothing that a trusted head covers escapes by that: versions stand in the leaves.
 */
export class StreamVersions {
  private readonly versions = new Map<string, number>();
  private hasForgotten: boolean;

  /** `knowsAll` is false where the check does not begin at the first entry. */
  constructor(
    knowsAll: boolean,
    private readonly streamsMax = STREAMS_REMEMBERED_MAX,
  ) {
    this.hasForgotten = !knowsAll;
  }

  /** The version that the stream should have come with, or null where this one is right. */
  wanted(stream: string, version: number): number | null {
    const last = this.versions.get(stream);
    const wanted = last === undefined ? 1 : last + 1;
    if (version !== wanted && !(last === undefined && this.hasForgotten)) return wanted;
    this.remember(stream, version);
    return null;
  }

  /** The stream becomes the last to be forgotten. */
  private remember(stream: string, version: number): void {
    this.versions.delete(stream);
    this.versions.set(stream, version);
    if (this.versions.size <= this.streamsMax) return;
    const [oldest] = this.versions.keys();
    if (oldest !== undefined) this.versions.delete(oldest);
    this.hasForgotten = true;
  }
}
