import type { Resources, TimeMs } from '@bulkhead/domain';
import type { FinishedStage } from '../driver.js';
import { CALIBRATION } from './calibration.js';
import { SILO_STAGES } from './silo.js';
import { layStages, type StageShare } from './start-times.js';

const boot = CALIBRATION.utilityVmBootShare.value;

/** A cold boot, then the container inside. */
export const UTILITY_VM_STAGES: readonly StageShare[] = [
  { name: 'utility-vm-boot', path: 'cold', share: boot },
  ...SILO_STAGES.map((stage) => ({ ...stage, share: stage.share * (1 - boot) })),
];

const CLONE_STAGES: readonly StageShare[] = UTILITY_VM_STAGES.map((stage) =>
  stage.name === 'utility-vm-boot' ? { ...stage, path: 'cloned' } : stage,
);

/** What the VM itself costs, where the request does not say what the host gives up for it. */
export const UTILITY_VM_RESERVE: Resources = {
  cpuMillis: CALIBRATION.utilityVmCpu.value,
  memoryMiB: CALIBRATION.utilityVmMemory.value + CALIBRATION.utilityVmKernelPool.value,
};

/**
 * The stages of a start that would take `bootedMs` if its VM booted with everything cached. A clone is
 * faster in all of it; a ready copy is there at once, and only the container in it is still to come.
 */
export function layUtilityVmStart(
  path: 'cold' | 'cloned' | 'claimed',
  fromMs: TimeMs,
  bootedMs: number,
  timeScale: number,
): FinishedStage[] {
  if (path === 'cold') return layStages(UTILITY_VM_STAGES, fromMs, bootedMs);
  if (path === 'cloned') {
    return layStages(CLONE_STAGES, fromMs, bootedMs * CALIBRATION.cloneFactor.value);
  }
  const claimedAtMs = fromMs + Math.round(CALIBRATION.warmPoolClaim.value / timeScale);
  const name = 'utility-vm-boot';
  return [
    { name, path, startedAtMs: fromMs, finishedAtMs: claimedAtMs },
    ...layStages(SILO_STAGES, claimedAtMs, bootedMs * (1 - boot)),
  ];
}
