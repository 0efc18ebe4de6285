import { type Mix, Simulation, type SimulationReport } from '@bulkhead/simulation';
import type { Bar } from '../output/terminal.js';
import { scenarioOf } from './scenario-of.js';
import type { Settings } from './settings.js';

/** Between two looks at the progress, and at whether somebody has pressed Ctrl-C. */
const CALLS_PER_LOOK = 20_000;

/** Runs one simulation to its end. The answer depends on nothing but settings and log. @throws what the signal has */
export async function runSimulation(
  settings: Settings,
  fromLog: Mix | null,
  { bar, signal }: { readonly bar: Bar; readonly signal: AbortSignal },
): Promise<SimulationReport> {
  const scenario = scenarioOf(settings, fromLog);
  const simulation = new Simulation(scenario);
  bar.show(0, scenario.workloads, {});
  while (simulation.step(CALLS_PER_LOOK)) {
    bar.show(simulation.ended, scenario.workloads, {});
    // Signals and the terminal get their turn only here.
    await new Promise((resolve) => setImmediate(resolve));
    signal.throwIfAborted();
  }
  return simulation.report();
}
