import { type SimulatedFaultId, simulatedFaultIds } from '@bulkhead/domain';
import type { Timers } from '../timers.js';
import { FAULTS } from './catalogue.js';
import type { FaultSwitches } from './fault-switches.js';

const OF_HOSTS = simulatedFaultIds.filter((fault) => FAULTS[fault].occasion === 'host');

/** The faults of one host that come by their rates: again and again, as long as a boot lasts. */
export class FaultsByRate {
  readonly #cancels = new Map<SimulatedFaultId, () => void>();

  constructor(
    private readonly switches: FaultSwitches,
    private readonly timers: Timers,
    private readonly strike: (fault: SimulatedFaultId) => void,
  ) {}

  /** What the boot before would have brought does not come any more. */
  begin(boot: number): void {
    for (const cancel of this.#cancels.values()) cancel();
    for (const fault of OF_HOSTS) {
      const untilNextMs = this.switches.untilNext(fault, boot);
      if (untilNextMs !== null) this.#await(fault, untilNextMs);
    }
  }

  #await(fault: SimulatedFaultId, untilNextMs: () => number): void {
    const cancel = this.timers.after(untilNextMs(), () => {
      this.#await(fault, untilNextMs);
      this.strike(fault);
    });
    this.#cancels.set(fault, cancel);
  }
}
