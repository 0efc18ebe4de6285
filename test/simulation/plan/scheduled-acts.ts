import { Chance } from '../world/chance.js';
import type { PlannedAct } from './plan.js';

/** A world in so many has schedules. */
const ONE_IN = 3;
const MINUTE_MS = 60_000;
/** Worlds begin at a full minute, and acts so long after that. */
const BEFORE_ACTS_MS = 5_000;
const MINUTES = { min: 2, max: 3 } as const;
const CREATED = { min: 1, max: 4 } as const;
const ACTS_A_MINUTE_MAX = 5;
/** Around a planned time, where a crash or a cut meets what is just being fired. */
const AROUND_MS = 2_000;
const NUMBERS = 1_000_000;
const OF_TENANTS = [
  'create-schedule',
  'change-schedule',
  'pause-schedule',
  'resume-schedule',
  'resume-schedule',
  'delete-schedule',
] as const;
const TROUBLES = ['crash-worker', 'crash-worker', 'pause-worker', 'crash-api', 'cut-log'] as const;

export interface ScheduledActs {
  readonly acts: readonly PlannedAct[];
  /** How long people act, so that planned times come meanwhile. */
  readonly actingMs: number;
}

/**
 * What people do about schedules, and what goes wrong at planned times; null in worlds without. It is
 * drawn apart, so that worlds without schedules are what they would be if there were none anywhere.
 */
export function scheduledActs(seed: number): ScheduledActs | null {
  const chance = new Chance(`${seed} schedules`);
  if (chance.below(ONE_IN) > 0) return null;
  const minutes = chance.between(MINUTES.min, MINUTES.max);
  const act = (atMs: number, name: string): PlannedAct => ({
    ...{ atMs, act: name, who: chance.below(NUMBERS), what: chance.below(NUMBERS) },
  });
  const acts: PlannedAct[] = [];
  for (let nr = chance.between(CREATED.min, CREATED.max); nr > 0; nr -= 1) {
    acts.push(act(chance.below(MINUTE_MS / 2), 'create-schedule'));
  }
  for (let minute = 1; minute <= minutes; minute += 1) {
    const planned = minute * MINUTE_MS - BEFORE_ACTS_MS;
    for (let nr = chance.below(ACTS_A_MINUTE_MAX + 1); nr > 0; nr -= 1) {
      acts.push(act(planned - chance.below(MINUTE_MS), chance.pick(OF_TENANTS)));
    }
    const around = planned - AROUND_MS + chance.below(2 * AROUND_MS);
    if (chance.below(2) === 0) acts.push(act(around, chance.pick(TROUBLES)));
  }
  return { acts: acts.filter(({ atMs }) => atMs >= 0), actingMs: minutes * MINUTE_MS };
}
