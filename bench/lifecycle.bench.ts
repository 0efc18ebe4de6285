import 'reflect-metadata';
import type { Plan, PlannedAct } from '../test/simulation/plan/plan.js';
import { simulate } from '../test/simulation/simulate.js';

/** Workloads of one world: enough that starting it does not count. */
const WORKLOADS = 4_000;
const WARM_UP_WORKLOADS = 1_000;
/** Of virtual time, in which they are submitted: as fast as a busy installation takes them. */
const SUBMITTING_MS = 4_000;
const ROUNDS = 3;
const SEED = 1;
const MICROSECONDS = 1_000_000;
/** Numbers of short silos and utility VMs that succeed at once, one attempt each. */
const NUMBERS = 1_000_003;

/**
 * How many workloads a second come from their submission to their end in the simulation of the whole
 * system, on one core: api, two workers, queue, network and hosts, with every check after every step. It is
 * counted in time that a core has worked for it, collection of garbage included.
 */
export async function run(args: readonly string[]): Promise<Record<string, unknown>> {
  if (args.length > 0) throw new Error('lifecycle takes no arguments');
  await lifecycles(WARM_UP_WORKLOADS);
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push(await lifecycles(WORKLOADS));
    console.log(JSON.stringify(rounds.at(-1)));
  }
  const rates = rounds.map(({ perSecond }) => perSecond).sort((one, other) => one - other);
  const [first] = rounds;
  return {
    lifecyclesPerSecond: Math.round(rates[Math.floor(ROUNDS / 2)] ?? 0),
    slowestRound: Math.round(rates[0] ?? 0),
    eventsPerLifecycle: (first?.events ?? 0) / WORKLOADS,
    logHash: first?.logHash,
  };
}

async function lifecycles(workloads: number) {
  const before = process.cpuUsage();
  const { failure, ended, events, steps, logHash } = await simulate(planOf(workloads));
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / MICROSECONDS;
  if (failure !== null) throw new Error(failure);
  if (ended < workloads) throw new Error(`${ended} of ${workloads} workloads have ended`);
  return { perSecond: ended / seconds, events, steps, logHash };
}

function planOf(workloads: number): Plan {
  const host = {
    osVersion: '10.0.26100.1742',
    cpuMillis: 64_000,
    memoryMiB: 262_144,
    hypervPresent: true,
    timeScale: 100,
  };
  const acts: PlannedAct[] = Array.from({ length: workloads }, (_, number) => ({
    atMs: Math.floor((number * SUBMITTING_MS) / workloads),
    act: 'submit-short',
    who: number,
    what: (number * NUMBERS) % 1_000_000,
  }));
  return {
    seed: SEED,
    workers: 2,
    apis: 1,
    hosts: Array.from({ length: 8 }, () => host),
    tenants: [
      { trust: 'trusted', boundary: 'red' },
      { trust: 'standard', boundary: null },
      { trust: 'hostile', boundary: null },
      { trust: 'trusted', boundary: 'blue' },
    ],
    faults: [],
    isHasty: false,
    acts,
    actingMs: SUBMITTING_MS,
  };
}
