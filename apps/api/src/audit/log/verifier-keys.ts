import { readFileSync } from 'node:fs';
import { type NoteVerifier, parseVerifierKeys } from '@bulkhead/event-store/proof';
import { noVerifierKeys, verifierKeysUnreadable } from './tree-problems.js';

/** The keys that sign this log's heads, current one first. Read anew each time: keys may be added. */
export class VerifierKeys {
  constructor(private readonly file: string | undefined) {}

  /** @throws RequestProblem where there is no such file, or nothing of use in it */
  all(): readonly NoteVerifier[] {
    if (this.file === undefined) throw noVerifierKeys();
    try {
      return parseVerifierKeys(readFileSync(this.file, 'utf8'));
    } catch (error) {
      throw Object.assign(verifierKeysUnreadable(), { cause: error });
    }
  }
}
