import { type SimulatedFaultId, type SimulatedFaults, simulatedFaultIds } from '@bulkhead/domain';
import { randomFrom } from '../random.js';
import { FAULTS, type FaultOccasion } from './catalogue.js';

/** How often each fault comes: for each occasion, or in an hour. What is missing does not come. */
export type FaultRates = Readonly<Partial<Record<SimulatedFaultId, number>>>;

/** What a seed makes of a fault: half of them do not come at all, the others within these bounds. */
const DRAWN: Readonly<Record<'each' | 'hour', { least: number; most: number }>> = {
  each: { least: 0.001, most: 0.1 },
  hour: { least: 0.1, most: 30 },
};

const isHourly = (occasion: FaultOccasion) => occasion === 'host' || occasion === 'utility-vm';

export function proposedRates(): FaultRates {
  return ratesOf((fault) => FAULTS[fault].rate.value);
}

/** The same for the same seed. Each fault has draws of its own, so that a further fault changes no other. */
export function ratesFromSeed(seed: number): FaultRates {
  return ratesOf((fault) => {
    const random = randomFrom(`fault-rates/${seed}/${fault}`);
    if (random() < 0.5) return 0;
    const { least, most } = DRAWN[isHourly(FAULTS[fault].occasion) ? 'hour' : 'each'];
    return least * (most / least) ** random();
  });
}

export function ratesIn({ rates, seed }: SimulatedFaults): FaultRates {
  if (rates === 'proposed') return proposedRates();
  if (rates !== undefined) return rates;
  return seed === undefined ? {} : ratesFromSeed(seed);
}

function ratesOf(rateOf: (fault: SimulatedFaultId) => number): FaultRates {
  return Object.fromEntries(simulatedFaultIds.map((fault) => [fault, rateOf(fault)]));
}
