import type {
  ComputeSystemId,
  Isolation,
  PlannedFault,
  RandomSource,
  SimulatedFaultId,
  SimulatedFaults,
  TimeMs,
} from '@bulkhead/domain';
import { randomFrom } from '../random.js';
import {
  FAULTS,
  LEAK_UNDER_CHURN,
  START_TIMEOUT_UNDER_LOAD,
  STARTS_UNDER_LOAD,
} from './catalogue.js';
import { type FaultRates, ratesIn } from './fault-rates.js';

const HOUR_MS = 3_600_000;

const faultIds = Object.keys(FAULTS) as SimulatedFaultId[];
/** Drawn when a compute system starts; a leak is drawn at its end. */
const OF_ONE_SYSTEM = faultIds.filter((fault) => ['start', 'run'].includes(FAULTS[fault].occasion));

/** What a start is when faults are looked for. */
export interface StartingSystem {
  readonly id: ComputeSystemId;
  readonly isolation: Isolation;
  readonly othersStarting: number;
  readonly nowMs: TimeMs;
}

/** What strikes one compute system, and the host with its start. Its draws are its own, whatever others there are. */
export interface StruckBy {
  readonly faults: ReadonlySet<SimulatedFaultId>;
  /** A number between 0 and 1 for what a fault leaves open. */
  draw(fault: SimulatedFaultId): number;
  /** When a fault of utility VMs comes by its rate, counted from when it runs; null where it never does. */
  afterMs(fault: SimulatedFaultId): number | null;
}

type OnStart = Extract<PlannedFault, { onStart: number }>;
type AtTime = Extract<PlannedFault, { atMs: number }>;

/** Decides what strikes when: by rate, by seed and by plan, all from the seed of the host. */
export class FaultSwitches {
  readonly #rates: FaultRates;
  readonly #seed: string;
  readonly #onStart: readonly OnStart[];
  /** Faults of compute systems that were planned for a time: the first that it fits gets it. */
  readonly #due: AtTime[];
  readonly planned: readonly AtTime[];
  readonly hypervisorAdvisoryOpen: boolean;

  constructor(
    switches: SimulatedFaults,
    hostSeed: number,
    private readonly provisionedAtMs: TimeMs,
    private starts: number,
    nowMs: TimeMs,
  ) {
    const { plan = [], seed = 0, hypervisorAdvisoryOpen = false } = switches;
    this.#rates = ratesIn(switches);
    this.#seed = `faults/${seed}/${hostSeed}`;
    this.#onStart = plan.filter((each): each is OnStart => 'onStart' in each);
    const timed = plan.filter((each): each is AtTime => 'atMs' in each);
    // What was due before this life of the process has struck in an earlier one.
    const ahead = timed.filter(({ atMs }) => provisionedAtMs + atMs >= nowMs);
    this.planned = ahead.filter(({ fault }) => FAULTS[fault].occasion === 'host');
    this.#due = ahead.filter(({ fault }) => FAULTS[fault].occasion !== 'host');
    this.hypervisorAdvisoryOpen = hypervisorAdvisoryOpen;
  }

  /** Counts the start, and says everything that will strike it. */
  ofStart(system: StartingSystem): StruckBy {
    this.starts += 1;
    const { id, isolation } = system;
    const draw = drawsOf(`${this.#seed}/${id}`);
    const faults = new Set(this.#takeDue(system));
    for (const { fault, onStart } of this.#onStart) {
      if (onStart === this.starts && canStrike(fault, isolation)) faults.add(fault);
    }
    for (const fault of OF_ONE_SYSTEM) {
      const rate = this.#rateOf(fault, system.othersStarting);
      if (rate > 0 && canStrike(fault, isolation) && draw(fault) < rate) faults.add(fault);
    }
    const afterMs = (fault: SimulatedFaultId) => {
      const rate = this.#rates[fault] ?? 0;
      const comes = rate > 0 && canStrike(fault, isolation);
      return comes ? hoursUntil(rate, draw(fault)) * HOUR_MS : null;
    };
    return { faults, draw, afterMs };
  }

  /** Whether the endpoint of one that ends stays behind. */
  leaks(id: ComputeSystemId, underChurn: boolean): boolean {
    const set = this.#rates['endpoint-leak'] ?? 0;
    const rate = set > 0 && underChurn ? Math.max(set, LEAK_UNDER_CHURN.value) : set;
    return rate > 0 && randomFrom(`${this.#seed}/${id}/endpoint-leak`)() < rate;
  }

  /** How long it is each time until the fault comes to a host by its rate, in that boot; null where it never does. */
  untilNext(fault: SimulatedFaultId, boot: number): (() => number) | null {
    const rate = this.#rates[fault] ?? 0;
    if (rate === 0) return null;
    const random = randomFrom(`${this.#seed}/boot-${boot}/${fault}`);
    return () => hoursUntil(rate, random()) * HOUR_MS;
  }

  /** A number between 0 and 1 for what a fault of the host leaves open. */
  draw(fault: SimulatedFaultId, what: string): number {
    return randomFrom(`${this.#seed}/${fault}/${what}`)();
  }

  #rateOf(fault: SimulatedFaultId, othersStarting: number): number {
    const rate = this.#rates[fault] ?? 0;
    const underLoad = fault === 'start-timeout' && othersStarting > STARTS_UNDER_LOAD;
    return rate > 0 && underLoad ? Math.max(rate, START_TIMEOUT_UNDER_LOAD.value) : rate;
  }

  #takeDue({ isolation, nowMs }: StartingSystem): readonly SimulatedFaultId[] {
    const taken = this.#due.filter(
      ({ fault, atMs }) => this.provisionedAtMs + atMs <= nowMs && canStrike(fault, isolation),
    );
    for (const each of taken) this.#due.splice(this.#due.indexOf(each), 1);
    return taken.map(({ fault }) => fault);
  }
}

/** A sequence of numbers for each fault, none of which depends on the others. */
function drawsOf(seed: string): (fault: SimulatedFaultId) => number {
  const randoms = new Map<SimulatedFaultId, RandomSource>();
  return (fault) => {
    const random = randoms.get(fault) ?? randomFrom(`${seed}/${fault}`);
    randoms.set(fault, random);
    return random();
  };
}

/** Only a utility VM has a guest. */
function canStrike(fault: SimulatedFaultId, isolation: Isolation): boolean {
  const ofGuest = FAULTS[fault].occasion === 'utility-vm' || fault === 'guest-connect-timeout';
  return isolation === 'hyperv' || !ofGuest;
}

function hoursUntil(rate: number, uniform: number): number {
  return -Math.log(1 - uniform) / rate;
}
