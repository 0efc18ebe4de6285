import { actsWithWeights } from '../acts/acts.js';
import { Chance } from '../world/chance.js';
import { crowdedActs } from './crowded-acts.js';
import {
  type FaultKind,
  faultKinds,
  faultsDrawnApart,
  type Plan,
  type PlannedHost,
  type PlannedTenant,
} from './plan.js';
import { rarerActs } from './rarer-acts.js';
import { scheduledActs } from './scheduled-acts.js';
import { takeoverActs } from './takeover-acts.js';

const ACTING_MS = 40_000;
const ACTS_MIN = 20;
const ACTS_MAX = 70;
const NUMBERS = 1_000_000;

const builds = ['10.0.20348.2461', '10.0.20348.3000', '10.0.26100.1742', '10.0.17763.5576'];

/** The plan of a seed: the same one for ever, as long as the table of acts stays as it is. */
export function planOf(seed: number): Plan {
  const chance = new Chance(`${seed} plan`);
  const hosts = Array.from({ length: chance.between(2, 4) }, (_, at) => hostFrom(chance, at));
  const tenants: PlannedTenant[] = [
    { trust: 'trusted', boundary: 'red' },
    { trust: 'trusted', boundary: 'red' },
    { trust: 'standard', boundary: null },
    { trust: 'hostile', boundary: null },
    { trust: 'trusted', boundary: 'blue' },
    { trust: 'standard', boundary: null },
  ].slice(0, chance.between(3, 6)) as PlannedTenant[];
  const drawnApart = [scheduledActs(seed), takeoverActs(seed), rarerActs(seed)].filter(
    (drawn) => drawn !== null,
  );
  const processes = { workers: chance.between(1, 3), apis: chance.between(1, 2) };
  const faults = withThoseDrawnApart(faultsFrom(chance), seed);
  const crowds = faults.includes('late-writes') ? crowdedActs(seed) : null;
  if (crowds !== null) drawnApart.push({ ...crowds, actingMs: ACTING_MS });
  return {
    seed,
    ...processes,
    hosts,
    tenants,
    faults,
    isHasty: chance.below(3) > 0,
    acts: inOrder([...actsFrom(chance), ...drawnApart.flatMap(({ acts }) => acts)]),
    actingMs: Math.max(ACTING_MS, ...drawnApart.map(({ actingMs }) => actingMs)),
  };
}

/** One world in eight has no faults at all: there everything must be prompt. */
function faultsFrom(chance: Chance): FaultKind[] {
  if (chance.below(8) === 0) return [];
  return faultKinds.filter(() => chance.below(3) === 0);
}

function withThoseDrawnApart(faults: FaultKind[], seed: number): FaultKind[] {
  if (faults.length === 0) return faults;
  const isDrawn = (kind: FaultKind) => new Chance(`${seed} ${kind}`).below(2) === 0;
  return [...faults, ...faultsDrawnApart.filter(isDrawn)];
}

/** The first can run everything that is submitted, so that nothing waits for ever. */
function hostFrom(chance: Chance, at: number): PlannedHost {
  return {
    osVersion: at === 0 ? '10.0.26100.1742' : chance.pick(builds),
    cpuMillis: chance.pick([4_000, 8_000]),
    memoryMiB: chance.pick([6_144, 16_384]),
    hypervPresent: at === 0 || chance.below(4) > 0,
    timeScale: chance.pick([1, 4, 20]),
  };
}

function actsFrom(chance: Chance): Plan['acts'] {
  const count = chance.between(ACTS_MIN, ACTS_MAX);
  // Some kinds of acts are left out of a world altogether, so that others come to the fore.
  const names = actsWithWeights(() => chance.below(3) > 0);
  return Array.from({ length: count }, () => ({
    atMs: chance.below(ACTING_MS),
    act: chance.pick(names),
    who: chance.below(NUMBERS),
    what: chance.below(NUMBERS),
  }));
}

function inOrder(acts: Plan['acts']): Plan['acts'] {
  return [...acts].sort((one, other) => one.atMs - other.atMs);
}
