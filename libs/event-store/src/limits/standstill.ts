import type { OpenKind } from './open-kinds.js';

/** So long a read model stands still before what it shows is no reason any more to refuse anybody. */
export const STANDSTILL_MS = 600_000;

interface Seen {
  readonly position: number;
  readonly sinceMs: number;
}

/**
 * Tells which read models stand still, from what a process reads of them: the same position twice, and something
 * behind it each time. Positions are those of the whole log, so what is read for any tenant tells it for all.
 */
export class Standstill {
  private readonly behind = new Map<OpenKind, Seen>();

  /** True where what was accepted so long ago may have ended without its being shown. */
  noted(kind: OpenKind, position: number, head: number, nowMs: number): boolean {
    const seen = this.behind.get(kind);
    if (position >= head) this.behind.delete(kind);
    else if (seen?.position !== position) this.behind.set(kind, { position, sinceMs: nowMs });
    else return nowMs - seen.sinceMs >= STANDSTILL_MS;
    return false;
  }
}
