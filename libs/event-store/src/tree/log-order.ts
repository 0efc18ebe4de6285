import { isEntryTime, type RawEntry } from '../proof/raw-entry.js';
import { StreamVersions } from '../proof/stream-versions.js';
import { TreeStopped } from './tree-stopped.js';

/** About 3 MB. A stream that comes back after so many others is taken as it comes. */
const STREAMS_REMEMBERED = 20_000;

/**
 * What every verifier checks from row to row, checked before anything is signed: a head must not vouch
 * for a log that no verifier accepts. Whether a row is canonical JSON is left to them, as it costs more
 * than the tree itself.
 */
export class LogOrder {
  private readonly versions: StreamVersions;
  private position: number;
  private recordedAtMs = Number.NEGATIVE_INFINITY;

  /** @param last the entry that the tree ends with; null where it is empty or that entry is gone */
  constructor(treeSize: number, last: RawEntry | null) {
    this.position = treeSize;
    this.versions = new StreamVersions(treeSize === 0, STREAMS_REMEMBERED);
    if (last === null || !isEntryTime(last.recordedAtMs)) return;
    this.recordedAtMs = last.recordedAtMs;
    this.versions.wanted(last.stream, last.version);
  }

  /** @throws TreeStopped where the entry cannot follow those before it */
  expect({ position, occurredAtMs, recordedAtMs, stream, version }: RawEntry): void {
    const wanted = this.position + 1;
    if (position !== wanted) {
      const found = `${position} follows ${this.position}`;
      throw new TreeStopped(`the log has no position ${wanted}: ${found}`);
    }
    if (!isEntryTime(occurredAtMs) || !isEntryTime(recordedAtMs)) {
      throw new TreeStopped(`position ${position} has a time that no log writes`);
    }
    if (recordedAtMs < this.recordedAtMs) {
      const earlierMs = this.recordedAtMs - recordedAtMs;
      throw new TreeStopped(
        `position ${position} was recorded ${earlierMs} ms before the one that it follows`,
      );
    }
    const wantedVersion = this.versions.wanted(stream, version);
    if (wantedVersion !== null) {
      throw new TreeStopped(
        `position ${position} is version ${version} of ${stream}, where version ${wantedVersion} should come`,
      );
    }
    this.position = position;
    this.recordedAtMs = recordedAtMs;
  }
}
