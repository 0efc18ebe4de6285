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

/** Seals where a page ended, so that a tenant can neither read what it holds nor use it on another list. */
export class Cursors {
  constructor(
    private readonly key: Buffer,
    private readonly randomBytes: RandomBytes,
  ) {}

  seal(binding: CursorBinding, after: string): string {
    const iv = this.randomBytes(SEAL_IV_BYTES);
    return seal(this.key, iv, boundTo(binding), Buffer.from(after, 'utf8'));
  }

  /** @throws RequestProblem where the cursor was not sealed for this list */
  open(binding: CursorBinding, cursor: string): string {
    const opened = unseal(this.key, boundTo(binding), cursor);
    if (opened === null) throw badCursor();
    return opened.toString('utf8');
  }
}

function boundTo({ list, scope, filters }: CursorBinding): string {
  const set = Object.entries(filters).filter(([, value]) => value !== undefined);
  return JSON.stringify([list, scope, set.sort()]);
}
