import type { Act } from './act.js';
import { actsNowAndThen } from './acts-now-and-then.js';
import { actsOfOperators } from './acts-of-operators.js';
import { actsOfSchedules } from './acts-of-schedules.js';
import { actsOfTenants } from './acts-of-tenants.js';
import { actsOnHosts } from './acts-on-hosts.js';
import { actsOnProcesses } from './acts-on-processes.js';

/** Everything that can happen by a plan. */
export const acts: readonly Act[] = [
  ...actsOfTenants,
  ...actsOfOperators,
  ...actsOnHosts,
  ...actsOnProcesses,
  ...actsOfSchedules,
  ...actsNowAndThen,
];

const byName = new Map(acts.map((act) => [act.name, act]));

/** @throws Error where there is no act of that name */
export function actNamed(name: string): Act {
  const act = byName.get(name);
  if (act === undefined) throw new Error(`there is no act ${name}`);
  return act;
}

/** The names of acts, each as often as its weight. Submissions always take part. */
export function actsWithWeights(takesPart: () => boolean): readonly string[] {
  const drawn = acts.filter(({ weight }) => weight > 0);
  return drawn.flatMap(({ name, weight }) => {
    const isIn = takesPart() || name === 'submit';
    return isIn ? Array.from({ length: weight }, () => name) : [];
  });
}
