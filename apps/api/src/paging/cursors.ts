import { SEAL_IV_BYTES, seal, unseal } from '../http/sealed-text.js';
import { badCursor } from '../problems/problems.js';
import type { RandomBytes } from '../sources.js';

/** The list that a cursor belongs to: its route, whose it is, and its filters. */
export interface CursorBinding {
  readonly list: string;
  readonly scope: string;
  readonly filters: Readonly<Record<string, unknown>>;
}

/** Longer ones are none of ours. */
export const CURSOR_MAX_LENGTH = 512;

/** Keys of all lists are shorter, so that all cursors are of one length; a longer key takes another block. */
const BLOCK_BYTES = 48;

/**
 * Seals where a page ended, so that a tenant can neither read what it holds nor use it on another list. What
 * is sealed is filled up: encryption hides digits and not how many they are, and how many a position of the
 * log has would tell how busy the platform is.
 */
export class Cursors {
  constructor(
    private readonly key: Buffer,
    private readonly randomBytes: RandomBytes,
  ) {}

  seal(binding: CursorBinding, after: string): string {
    const iv = this.randomBytes(SEAL_IV_BYTES);
    return seal(this.key, iv, boundTo(binding), filledUp(after));
  }

  /** @throws RequestProblem where the cursor was not sealed for this list */
  open(binding: CursorBinding, cursor: string): string {
    const opened = unseal(this.key, boundTo(binding), cursor);
    if (opened === null) throw badCursor();
    const end = opened.indexOf(0);
    return opened.toString('utf8', 0, end === -1 ? opened.length : end);
  }
}

/** No key has a zero byte in it, which Postgres would not store. */
function filledUp(after: string): Buffer {
  const bytes = Buffer.byteLength(after, 'utf8');
  const filled = Buffer.alloc(Math.ceil(bytes / BLOCK_BYTES) * BLOCK_BYTES);
  filled.write(after, 'utf8');
  return filled;
}

function boundTo({ list, scope, filters }: CursorBinding): string {
  const set = Object.entries(filters).filter(([, value]) => value !== undefined);
  return JSON.stringify([list, scope, set.sort()]);
}
