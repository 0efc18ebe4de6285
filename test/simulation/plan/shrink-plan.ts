import { shrink } from '../../model/shrink.js';
import { simulate } from '../simulate.js';
import type { FaultKind, Plan, PlannedAct } from './plan.js';

/** What of a plan can be left out. */
type Part = { readonly fault: FaultKind } | { readonly act: PlannedAct };

/** The smallest plan that was found to fail in the same way, by leaving out acts and faults. */
export async function shrinkPlan(plan: Plan, failure: string, triesMax: number): Promise<Plan> {
  const parts: Part[] = [
    ...plan.acts.map((act) => ({ act })),
    ...plan.faults.map((fault) => ({ fault })),
  ];
  const left = await shrink(parts, triesMax, async (candidate) => {
    const { failure: found } = await simulate(planWith(plan, candidate));
    return found !== null && nameOf(found) === nameOf(failure);
  });
  return planWith(plan, left);
}

/** What was broken, without where and by whom. */
export function nameOf(failure: string): string {
  return failure.slice(0, failure.indexOf(':'));
}

function planWith(plan: Plan, parts: readonly Part[]): Plan {
  return {
    ...plan,
    acts: parts.flatMap((part) => ('act' in part ? [part.act] : [])),
    faults: parts.flatMap((part) => ('fault' in part ? [part.fault] : [])),
  };
}

/** As a scenario can be written from it. */
export function tellPlan({ workers, apis, hosts, tenants, faults, acts }: Plan): string {
  const lines = [
    `${workers} workers, ${apis} apis, ${hosts.length} hosts, ${tenants.length} tenants`,
    `faults: ${faults.length === 0 ? 'none' : faults.join(', ')}`,
    ...acts.map(({ atMs, act, who, what }) => `  at ${atMs} ms: ${act}(${who}, ${what})`),
  ];
  return lines.join('\n');
}
