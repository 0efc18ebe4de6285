import type { TimeMs } from '@bulkhead/domain';
import type { ComputeSystemSpec } from '../../driver.js';
import { CALIBRATION } from '../calibration.js';
import {
  COMPUTER_NAME,
  EMPTY_HIVE_BYTES,
  EVENT_LOG,
  filesOfBase,
  HIVES,
  registryOfBase,
} from './image-contents.js';
import { LayeredNames } from './layered-names.js';

const BYTES_PER_GB = 1_000_000_000;
/** As many as docker takes of its ids; of ours from the end, because the beginning is the time, which many share. */
const HOST_NAME_LENGTH = 12;

/** What a container's scratch layer can hold. */
export const SCRATCH_BYTES = CALIBRATION.scratchSize.value * BYTES_PER_GB;

/** How far the processes of a container have come. */
export interface Progress {
  /** Since when they have run, or ran; null where they never did. */
  readonly runningSinceMs: TimeMs | null;
  readonly isRunning: boolean;
  /** What they have written to files by now. */
  readonly writtenBytes: number;
}

/** What the processes of one container find, by the names that they know it by. */
export interface ContainerNamespaces {
  /** Named objects and what they are. They are in memory, so they are gone with whoever holds them. */
  readonly objects: LayeredNames<string>;
  /** Values of the registry: those of the image under what was changed. */
  readonly registry: LayeredNames<string>;
  /** Bytes of files: those of the image under what the scratch layer holds. */
  readonly files: LayeredNames<number>;
}

/**
 * What the processes of a container have made of its namespaces by now. It follows from the specification and from how
 * long they have run, so that nothing is kept for it and it costs only who asks. **What they make is an assumption**: one
 * object, one value and one file of their own each, and of the base what its own processes are bound to change.
 */
export function namespacesOf(
  { computeSystemId, image: { base } }: ComputeSystemSpec,
  program: string,
  { runningSinceMs, isRunning, writtenBytes }: Progress,
): ContainerNamespaces {
  const objects = new LayeredNames<string>();
  const registry = new LayeredNames(registryOfBase(base));
  const files = new LayeredNames(filesOfBase(base));
  if (runningSinceMs === null) return { objects, registry, files };
  if (isRunning) objects.write(`\\BaseNamedObjects\\${program}`, 'Mutant');
  if (base !== 'linux') {
    registry.write(COMPUTER_NAME, hostNameOf(computeSystemId));
    for (const { delta } of HIVES) files.write(`\\Hives\\${delta}`, EMPTY_HIVE_BYTES);
  }
  copyUp(files, EVENT_LOG);
  // A disk that is full takes no more, and whoever writes to it goes on.
  const leftBytes = SCRATCH_BYTES - usedBytes(files);
  files.write(temporaryFileOf(program, base), Math.min(writtenBytes, leftBytes));
  return { objects, registry, files };
}

/** What the scratch layer holds. */
export function usedBytes(files: LayeredNames<number>): number {
  return files.own().reduce((sum, { value }) => sum + value, 0);
}

/** Who opens a file of a layer for writing gets a whole copy of it in the scratch layer (wcifs). */
function copyUp(files: LayeredNames<number>, name: string): void {
  const bytes = files.readBelow(name);
  if (bytes !== undefined) files.write(name, bytes);
}

function hostNameOf(computeSystemId: string): string {
  return computeSystemId.slice(-HOST_NAME_LENGTH).toUpperCase();
}

function temporaryFileOf(program: string, base: ComputeSystemSpec['image']['base']): string {
  if (base === 'linux') return `/tmp/${program}`;
  return `C:\\Users\\ContainerUser\\AppData\\Local\\Temp\\${program}.tmp`;
}
