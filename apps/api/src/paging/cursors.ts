import { createCipheriv, createDecipheriv } from 'node:crypto';
import { badCursor } from '../problems/problems.js';
import type { RandomBytes } from '../sources.js';

/** The list that a cursor belongs to: its route, whose it is, and its filters. */
export interface CursorBinding {
  readonly list: string;
  readonly scope: string;
  readonly filters: Readonly<Record<string, unknown>>;
}

const ALGORITHM = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** Longer ones are none of ours. */
export const CURSOR_MAX_LENGTH = 512;

/**
 * Seals where a page ended, so that a tenant can neither read what it holds nor use it on another list.
 * Random IVs are safe here up to 2^32 cursors for one key.
 */
export class Cursors {
  constructor(
    private readonly key: Buffer,
    private readonly randomBytes: RandomBytes,
  ) {}

  seal(binding: CursorBinding, after: string): string {
    const iv = this.randomBytes(IV_BYTES);
    const cipher = createCipheriv(ALGORITHM, this.key, iv).setAAD(bindingBytes(binding));
    const sealed = Buffer.concat([cipher.update(after, 'utf8'), cipher.final()]);
    return Buffer.concat([iv, sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** @throws RequestProblem where the cursor was not sealed for this list */
  open(binding: CursorBinding, cursor: string): string {
    const bytes = Buffer.from(cursor, 'base64url');
    // Node ignores what is not base64url; one cursor has one spelling.
    if (bytes.length <= IV_BYTES + TAG_BYTES || bytes.toString('base64url') !== cursor) {
      throw badCursor();
    }
    try {
      const iv = bytes.subarray(0, IV_BYTES);
      const decipher = createDecipheriv(ALGORITHM, this.key, iv, { authTagLength: TAG_BYTES });
      decipher.setAAD(bindingBytes(binding));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const opened = decipher.update(bytes.subarray(IV_BYTES, -TAG_BYTES));
      return Buffer.concat([opened, decipher.final()]).toString('utf8');
    } catch {
      throw badCursor();
    }
  }
}

function bindingBytes({ list, scope, filters }: CursorBinding): Buffer {
  const set = Object.entries(filters).filter(([, value]) => value !== undefined);
  return Buffer.from(JSON.stringify([list, scope, set.sort()]), 'utf8');
}
