import type { Mutation } from './mutation.js';
import { mutationsOfPlacement } from './mutations-of-placement.js';
import { mutationsOfSchedules } from './mutations-of-schedules.js';
import { mutationsOfStreams } from './mutations-of-streams.js';
import { mutationsOfTemplates } from './mutations-of-templates.js';
import { mutationsOfWaiting } from './mutations-of-waiting.js';
import { mutationsOfWalls } from './mutations-of-walls.js';

/** Every bug that the suites have to catch. */
export const mutations: readonly Mutation[] = [
  ...mutationsOfWalls,
  ...mutationsOfPlacement,
  ...mutationsOfWaiting,
  ...mutationsOfStreams,
  ...mutationsOfSchedules,
  ...mutationsOfTemplates,
];
