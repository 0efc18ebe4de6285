import { VirtualTime } from '@bulkhead/hypervisor/simulated';
import { Attempts } from './fleet/attempts.js';
import { bringUp, LEASE_MS } from './fleet/bring-up.js';
import { FleetState } from './fleet/fleet-state.js';
import { SimulatedPlacer } from './fleet/placer.js';
import type { Follower } from './fleet/simulation-log.js';
import { Submissions } from './fleet/submissions.js';
import { VmTemplates } from './fleet/vm-templates.js';
import { Measures } from './measures/measures.js';
import { reportOf, type SimulationReport } from './report.js';
import type { Scenario } from './scenario.js';

/** 2026-01-05T00:00:00Z, a Monday: the beginning of every simulation. */
export const START_MS = 1_767_571_200_000;
/** Nothing but the end of leases happens so late. */
const LEASES_END_MS = START_MS + LEASE_MS;
/** A workload has about ten events of its own and fewer timers; far more means that something goes round in circles. */
const CALLS_PER_WORKLOAD_MAX = 1_000;
const CALLS_MIN = 1_000_000;

/**
 * A fleet in virtual time: the real deciders, rules and placement over a log and a queue in memory, and
 * the model of a host that simulated hosts run. The same scenario gives the same events every time.
 */
export class Simulation {
  readonly #time = new VirtualTime(START_MS);
  readonly #state = new FleetState(this.#time);
  readonly #measures = new Measures(START_MS, this.#state);
  readonly #submissions: Submissions;
  #calls = 0;

  constructor(
    private readonly scenario: Scenario,
    /** Hears every event, from the first. */
    follower?: Follower,
  ) {
    const state = this.#state;
    if (follower !== undefined) state.log.follow(follower);
    state.log.follow((recorded) => this.#measures.hear(recorded));
    const ready = bringUp(state, scenario);
    new SimulatedPlacer(state);
    new Attempts(state, new VmTemplates(state));
    this.#submissions = new Submissions(state, ready, scenario.arrivals());
    this.#submissions.begin();
  }

  /** Workloads that have ended. */
  get ended(): number {
    return this.#submissions.submitted - this.#state.fleet.workloads.size;
  }

  /** Goes on for at most so many calls. False when everything has ended. */
  step(calls: number): boolean {
    const most = Math.max(CALLS_MIN, this.scenario.workloads * CALLS_PER_WORKLOAD_MAX);
    for (let left = calls; left > 0; left--) {
      if (this.#isOver()) return false;
      // What is left waits for something that never comes, and the report says how many do.
      if (!this.#time.jump(LEASES_END_MS - 1)) return false;
      if (++this.#calls > most) throw new Error(`${most} calls were not enough to end this run`);
    }
    return !this.#isOver();
  }

  report(): SimulationReport {
    return reportOf(this.scenario, this.#measures, {
      startMs: START_MS,
      endMs: this.#time.clock(),
      unfinished: this.#state.fleet.workloads.size,
      events: this.#state.log.position,
    });
  }

  /** Leases and pools go on for ever; a run is over with its last workload. */
  #isOver(): boolean {
    const { submitted } = this.#submissions;
    return submitted >= this.scenario.workloads && this.#state.fleet.workloads.size === 0;
  }
}

/** Runs a scenario to its end. */
export function simulate(scenario: Scenario, follower?: Follower): SimulationReport {
  const simulation = new Simulation(scenario, follower);
  while (simulation.step(CALLS_MIN)) {
    // Until everything has ended.
  }
  return simulation.report();
}
