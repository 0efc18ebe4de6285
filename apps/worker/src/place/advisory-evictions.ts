import { type AdvisoryBreach, advisoryBreachesOf } from '@bulkhead/domain';
import { Slots } from '../slots.js';
import { type EvictionParts, evictAttempt } from './evict-attempt.js';

/** An advisory may concern thousands of silos at once; so many evictions are on their way at a time. */
export const ADVISORY_EVICTIONS_IN_FLIGHT_MAX = 500;

/** The events after which silos may have to go that could stay before. */
const forbidding: ReadonlySet<string> = new Set(['AdvisoryPublished', 'PolicyPublished']);

/**
 * Evicts silos from kernels that an open advisory breaks: what has not started yet, and what runs where
 * policy says so. Placements of silos guard the advisories, so none that had not seen one can follow it
 * in the log, and one look after each is enough.
 */
export class AdvisoryEvictions {
  private readonly slots = new Slots(ADVISORY_EVICTIONS_IN_FLIGHT_MAX);
  private isDue = false;

  constructor(private readonly parts: EvictionParts) {
    parts.follower.onEvent(({ event }) => {
      if (forbidding.has(event.type)) this.isDue = true;
    });
  }

  /** A new placer cannot know what its predecessor still did. */
  checkEverySilo(): void {
    this.isDue = true;
  }

  /** False where somebody was faster, so that a look at the newer log has to follow. */
  async carryOut(): Promise<boolean> {
    if (!this.isDue) return true;
    // What comes while the evictions are on their way makes it due again.
    this.isDue = false;
    const { follower, clock } = this.parts;
    const breaches = advisoryBreachesOf(follower.fleet, clock());
    let settled = false;
    try {
      const evicted = await Promise.all(breaches.map((breach) => this.evict(breach)));
      settled = evicted.every(Boolean);
    } finally {
      if (!settled) this.isDue = true;
    }
    return settled;
  }

  private evict(breach: AdvisoryBreach): Promise<boolean> {
    return this.slots.run(() => evictAttempt(this.parts, breach));
  }
}
