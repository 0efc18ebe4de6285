import type { TimeMs } from '@bulkhead/domain';
import type { ObserveParts } from './observe-parts.js';

/**
 * What this process knows of a host since it holds the host's lease under one token. Whoever held it before
 * may have heard the host, and renewed the host's own lease, until a moment ago, so that nothing seen in an
 * earlier tenure, or while waiting for one, says anything about silence or the end of a lease in this one.
 */
export class Tenure {
  private lastHeard: TimeMs;
  /** Since when nothing was answered; null while it answers. */
  private silentSinceMs: TimeMs | null = null;
  /** The host's own lease ends by then at the latest: counted from the newest try to renew it. */
  private leaseEndsByMs: TimeMs;

  constructor(
    readonly token: number,
    private readonly parts: Pick<ObserveParts, 'clock' | 'steadyClock' | 'times'>,
  ) {
    this.lastHeard = parts.clock();
    // An earlier holder may have renewed it a moment ago.
    this.leaseEndsByMs = parts.steadyClock() + parts.times.hostLeaseTtlMs;
  }

  get lastHeardAtMs(): TimeMs {
    return this.lastHeard;
  }

  heard(): void {
    this.lastHeard = this.parts.clock();
    this.silentSinceMs = null;
  }

  /** The host has not answered; true once it has not for so long that it counts as lost. */
  notHeard(): boolean {
    const { steadyClock, times } = this.parts;
    this.silentSinceMs ??= steadyClock();
    return steadyClock() - this.silentSinceMs >= times.lostAfterMs;
  }

  /** The host's own lease is about to be renewed, whether or not the host will say so. */
  renewing(): void {
    const { steadyClock, times } = this.parts;
    this.leaseEndsByMs = steadyClock() + times.hostLeaseTtlMs;
  }

  /** Whether the host's own lease must have ended, and with it everything that ran there. */
  isHostLeaseOver(): boolean {
    const { steadyClock, times } = this.parts;
    return steadyClock() >= this.leaseEndsByMs + times.leaseMarginMs;
  }
}
