import type { Resources } from '@bulkhead/domain';
import { CALIBRATION } from './calibration.js';
import { SILO_STAGES } from './silo.js';
import type { StageShare } from './start-times.js';

const boot = CALIBRATION.utilityVmBootShare.value;

/** A cold boot, then the container inside. */
export const UTILITY_VM_STAGES: readonly StageShare[] = [
  { name: 'utility-vm-boot', path: 'cold', share: boot },
  ...SILO_STAGES.map((stage) => ({ ...stage, share: stage.share * (1 - boot) })),
];

/** What the VM itself costs, where the request does not say what the host gives up for it. */
export const UTILITY_VM_RESERVE: Resources = {
  cpuMillis: CALIBRATION.utilityVmCpu.value,
  memoryMiB: CALIBRATION.utilityVmMemory.value + CALIBRATION.utilityVmKernelPool.value,
};
