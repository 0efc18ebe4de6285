import { Chance } from '../world/chance.js';
import type { PlannedAct } from './plan.js';

/** A world in so many has them. */
const ONE_IN = 4;
const ACTS = { min: 4, max: 16 } as const;
const ACTING_MS = 40_000;
/** A host that is to be retired is drained first, and may take as long as what runs there. */
const RETIRED_AFTER_MS = 12_000;
const NUMBERS = 1_000_000;
const NAMES = [
  'submit-troubled',
  'submit-troubled',
  'submit-troubled',
  'retry-batch',
  'retry-batch',
  'revoke-image',
  'contain-incident',
  'retire-host',
  'publish-rarer-policy',
  'publish-rarer-policy',
] as const;

export interface RarerActs {
  readonly acts: readonly PlannedAct[];
  /** How long people act. */
  readonly actingMs: number;
}

/**
 * What people do now and then: they retire hosts, revoke images, retry what failed in a batch, close incidents, and
 * run what takes memory or its kernel down; null in worlds without. It is drawn apart, so that worlds without are what
 * they would be if there were none anywhere.
 */
export function rarerActs(seed: number): RarerActs | null {
  const chance = new Chance(`${seed} rarer acts`);
  if (chance.below(ONE_IN) > 0) return null;
  const acts: PlannedAct[] = [];
  for (let nr = chance.between(ACTS.min, ACTS.max); nr > 0; nr -= 1) {
    const [atMs, who, what] = [
      chance.below(ACTING_MS),
      chance.below(NUMBERS),
      chance.below(NUMBERS),
    ];
    const act = chance.pick(NAMES);
    acts.push({ atMs, act, who, what });
    if (act === 'retire-host') acts.push({ atMs: atMs + RETIRED_AFTER_MS, act, who, what });
  }
  return { acts, actingMs: ACTING_MS + RETIRED_AFTER_MS };
}
