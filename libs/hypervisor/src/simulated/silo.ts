import { CALIBRATION } from './calibration.js';
import type { StageShare } from './start-times.js';

const create = CALIBRATION.createShare.value;
const network = CALIBRATION.networkShare.value;

/**
 * What starting a container in a server silo consists of. The same three stages follow inside a utility
 * VM once it has booted.
 */
export const SILO_STAGES: readonly StageShare[] = [
  { name: 'create', path: null, share: create },
  { name: 'network-attach', path: null, share: network },
  { name: 'start', path: null, share: 1 - create - network },
];
