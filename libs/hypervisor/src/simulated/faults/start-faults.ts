import type { Isolation } from '@bulkhead/domain';
import type { StageName } from '../../driver.js';
import { RESULT_CODES, type ResultCodeName } from '../hcs/result-codes.js';
import type { StruckBy } from './fault-switches.js';
import { FAULT_TIMES, LAYER_ATTEMPTS, LAYER_RETRIES_IN_VAIN } from './fault-times.js';

/** A stage of a start that does not come to its end, and why. */
export interface Obstacle {
  readonly stage: StageName;
  readonly code: ResultCodeName;
  readonly detail: string;
  /** How long the stage goes on before it fails, unscaled. */
  readonly lastsMs?: number;
}

const obstacle = (stage: StageName, code: ResultCodeName, lastsMs = 0): Obstacle => ({
  stage,
  code,
  detail: RESULT_CODES[code].when,
  lastsMs,
});

/** What comes before the container: in a utility VM, the start that may not be answered is that of the VM. */
export function obstacleToBoot({ faults }: StruckBy, isolation: Isolation): Obstacle | null {
  if (isolation === 'process') return null;
  if (faults.has('start-timeout')) return startTimeout('utility-vm-boot');
  if (!faults.has('guest-connect-timeout')) return null;
  const { guestConnect } = FAULT_TIMES;
  return obstacle('utility-vm-boot', 'HCS_E_CONNECTION_TIMEOUT', guestConnect.value * 1_000);
}

/** Layers are prepared when the container is created. */
export function obstacleOfLayers({ faults, draw }: StruckBy): Obstacle | null {
  if (faults.has('layer-import-failure')) return obstacle('create', 'HCS_E_INVALID_LAYER');
  if (!faults.has('layer-import-transient')) return null;
  const isInVain = draw('layer-import-transient') < LAYER_RETRIES_IN_VAIN.value;
  const lastsMs = LAYER_ATTEMPTS * FAULT_TIMES.layerRetry.value;
  return isInVain ? obstacle('create', 'ERROR_FILE_NOT_FOUND', lastsMs) : null;
}

export function obstacleToStart({ faults }: StruckBy, isolation: Isolation): Obstacle | null {
  const strikes = isolation === 'process' && faults.has('start-timeout');
  return strikes ? startTimeout('start') : null;
}

/** What a start takes longer because a layer came only after some tries, unscaled. */
export function delayOf({ faults, draw }: StruckBy): number {
  if (!faults.has('layer-import-transient')) return 0;
  const tries = 1 + Math.floor(draw('layer-import-transient') * (LAYER_ATTEMPTS - 1));
  return tries * FAULT_TIMES.layerRetry.value;
}

function startTimeout(stage: StageName): Obstacle {
  return obstacle(stage, 'HCS_E_OPERATION_TIMEOUT', FAULT_TIMES.startTimeout.value * 1_000);
}
