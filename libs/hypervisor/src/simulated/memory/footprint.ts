import type { ImageBase, Isolation } from '@bulkhead/domain';
import { CALIBRATION } from '../calibration.js';

const MIB_PER_MB = 1_000_000 / 1_048_576;

export function mibOf(megabytes: number): number {
  return megabytes * MIB_PER_MB;
}

/** What a compute system needs memory for. */
export interface MemoryNeed {
  readonly isolation: Isolation;
  readonly base: ImageBase;
  /** What its job object or its VM is limited to. */
  readonly limitMiB: number;
  /** What the workload itself uses; null where it does not say. */
  readonly usesMiB: number | null;
  /** What the layers of its image take on disk, so much of it can be mapped. */
  readonly imageMiB: number;
  /** What a clone shares with its template, which holds it; 0 for what was booted. */
  readonly templateMiB?: number;
}

/** What that takes of a host, in MiB. */
export interface Footprint {
  /** Its own pages: nobody else's. */
  readonly privateMiB: number;
  /**
   * Read-only pages of the image that are mapped from the host's files. Every utility VM of an image maps
   * the same ones, so only the first costs them. A silo has them from the host's own kernel for nothing.
   */
  readonly sharedMiB: number;
  /** Memory of the host's kernel that is never paged out. */
  readonly nonPagedMiB: number;
  /** What the host promises: counted against its commit limit whether it is used or not. */
  readonly commitMiB: number;
}

export function footprintOf(need: MemoryNeed): Footprint {
  const usedMiB = need.usesMiB ?? need.limitMiB * CALIBRATION.memoryUse.value;
  const emptyMiB = mibOf(emptyContainer(need.base));
  const privateMiB = emptyMiB + Math.min(usedMiB, need.limitMiB);
  if (need.isolation === 'process') {
    return { privateMiB, sharedMiB: 0, nonPagedMiB: 0, commitMiB: privateMiB };
  }
  const reserveMiB = CALIBRATION.utilityVmMemory.value;
  const nonPagedMiB = CALIBRATION.utilityVmKernelPool.value;
  const mappableMiB = Math.min(mibOf(CALIBRATION.directMapWindow.value), need.imageMiB);
  return {
    privateMiB: privateMiB + reserveMiB - (need.templateMiB ?? 0),
    sharedMiB: mappableMiB * CALIBRATION.directMapResident.value,
    nonPagedMiB,
    commitMiB: need.limitMiB + reserveMiB + nonPagedMiB,
  };
}

function emptyContainer(base: ImageBase): number {
  const small = base === 'nanoserver' || base === 'linux';
  return (small ? CALIBRATION.siloPrivateNano : CALIBRATION.siloPrivateCore).value;
}
