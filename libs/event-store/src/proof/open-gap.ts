import { fault, type LogFault } from './log-fault.js';
import type { RawEntry } from './raw-entry.js';

/** How far behind its place a missing position is looked for, to tell a swap from a loss. */
const LOOK_AHEAD_ENTRIES = 1_000;

/** A position that is missing where it should stand, until the entries behind it say whether it is lost. */
export class OpenGap {
  fault: LogFault | null = null;
  private looked = 0;

  /** Whether nothing more is to be learnt: it was found, or looked for far enough. */
  isExplainedBy({ position }: RawEntry): boolean {
    if (position === this.fault?.position) {
      const message = `position ${position} does not stand after ${position - 1}, but further behind: entries changed places`;
      this.fault = fault('out-of-order', position, message);
      return true;
    }
    this.looked += 1;
    return this.looked >= LOOK_AHEAD_ENTRIES;
  }
}
