import canonicalize from 'canonicalize';
import { fault, type LogFault } from './log-fault.js';
import { isEntryTime, type RawEntry } from './raw-entry.js';
import { StreamVersions } from './stream-versions.js';

/** What an entry must be by itself and after the one before it, whatever any tree says. */
export class EntryChecks {
  private readonly versions: StreamVersions;
  private recordedAtMs = Number.NEGATIVE_INFINITY;
  /** The last that was found canonical. */
  private metadata: string | null = null;

  constructor(
    private position: number,
    streamsMax?: number,
  ) {
    this.versions = new StreamVersions(position === 0, streamsMax);
  }

  /** What is wrong with the next entry; null where nothing is. */
  check(entry: RawEntry): LogFault | null {
    return (
      this.checkPosition(entry) ??
      this.checkMetadata(entry) ??
      checkCanonical(entry, 'payload') ??
      this.checkTime(entry) ??
      this.checkVersion(entry)
    );
  }

  private checkPosition({ position }: RawEntry): LogFault | null {
    const wanted = this.position + 1;
    if (position === wanted) {
      this.position = wanted;
      return null;
    }
    if (!(position > wanted)) {
      const message = `position ${position} comes after ${this.position}, where ${wanted} should stand`;
      return fault('repeated', wanted, message);
    }
    const last = position - 1;
    const missing =
      last === wanted ? `position ${wanted} is` : `positions ${wanted} to ${last} are`;
    return fault('gap', wanted, `${missing} missing: ${position} follows ${this.position}`, last);
  }

  /** Events that were appended together have the same, which need not be looked at again. */
  private checkMetadata(entry: RawEntry): LogFault | null {
    if (entry.metadata === this.metadata) return null;
    const found = checkCanonical(entry, 'metadata');
    if (found === null) this.metadata = entry.metadata;
    return found;
  }

  private checkTime({ position, occurredAtMs, recordedAtMs }: RawEntry): LogFault | null {
    if (!isEntryTime(occurredAtMs) || !isEntryTime(recordedAtMs)) {
      return fault('malformed', position, `position ${position} has a time that is none`);
    }
    if (recordedAtMs < this.recordedAtMs) {
      const message = `position ${position} was recorded ${this.recordedAtMs - recordedAtMs} ms before the one that it follows`;
      return fault('recorded-backwards', position, message);
    }
    this.recordedAtMs = recordedAtMs;
    return null;
  }

  private checkVersion({ position, stream, version }: RawEntry): LogFault | null {
    const wanted = this.versions.wanted(stream, version);
    if (wanted === null) return null;
    const message = `position ${position} is version ${version} of ${stream}, where version ${wanted} should come`;
    return fault('stream-version', position, message);
  }
}

function checkCanonical(entry: RawEntry, field: 'metadata' | 'payload'): LogFault | null {
  if (isCanonical(entry[field])) return null;
  const message = `the ${field} of position ${entry.position} is not canonical JSON (RFC 8785), which the log always writes`;
  return fault('not-canonical', entry.position, message);
}

function isCanonical(text: string): boolean {
  try {
    return canonicalize(JSON.parse(text)) === text;
  } catch {
    return false;
  }
}
