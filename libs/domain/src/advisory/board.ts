import { accept, type Decider, reject } from '../decider.js';
import { event, type TimeMs } from '../event.js';
import type { AdvisoryId } from '../ids.js';
import type { AdvisoriesChanged } from './events.js';

/** How many advisories may stand at a time: each of them is held against every host that is looked at. */
export const ADVISORIES_STANDING_MAX = 200;

export interface AdvisoryBoardState {
  /** Those that were published and not withdrawn. */
  readonly standing: ReadonlySet<AdvisoryId>;
}

export interface ChangeAdvisories {
  readonly kind: 'change-advisories';
  readonly advisoryId: AdvisoryId;
  readonly change: 'published' | 'withdrawn';
  readonly nowMs: TimeMs;
}

/** What is recorded beside every change of an advisory, in the same append and after it. */
export const advisoryBoardDecider: Decider<
  ChangeAdvisories,
  AdvisoryBoardState,
  AdvisoriesChanged
> = {
  initialState: { standing: new Set() },
  decide: ({ advisoryId, change, nowMs }, { standing }) => {
    const isPublished = change === 'published';
    if (standing.has(advisoryId) === isPublished) return accept();
    if (isPublished && standing.size >= ADVISORIES_STANDING_MAX) {
      const detail = `At most ${ADVISORIES_STANDING_MAX} advisories may stand. Withdraw those that concern nobody any more.`;
      return reject('ADVISORIES_TOO_MANY', detail);
    }
    return accept(event<AdvisoriesChanged>('AdvisoriesChanged', nowMs, { advisoryId, change }));
  },
  evolve: ({ standing }, { payload: { advisoryId, change } }) => {
    const after = new Set(standing);
    if (change === 'published') after.add(advisoryId);
    else after.delete(advisoryId);
    return { standing: after };
  },
};
