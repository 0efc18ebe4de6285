import { bothWalls } from './both-walls.js';
import { density } from './density.js';
import type { Experiment } from './experiment.js';
import { processStart } from './process-start.js';
import { utilityVmStart } from './utility-vm-start.js';
import { wallCost } from './wall-cost.js';

/** Every experiment, in the order in which they are told. */
export const experiments: readonly Experiment[] = [
  processStart,
  utilityVmStart,
  density,
  bothWalls,
  wallCost,
];
