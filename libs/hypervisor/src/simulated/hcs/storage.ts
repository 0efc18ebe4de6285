import type {
  ComputeSystemProperties,
  ComputeSystemStatistics,
  ScratchLayer,
  SiloHive,
  SiloNamespaces,
} from '../../properties.js';
import type { ComputeSystem } from '../compute-system.js';
import {
  type ContainerNamespaces,
  namespacesOf,
  SCRATCH_BYTES,
  usedBytes,
} from '../namespaces/container-namespaces.js';
import { HIVES } from '../namespaces/image-contents.js';
import { guidFrom, randomFrom } from '../random.js';
import { programOf } from './process-list.js';

/** What a compute system has of names and of files. */
export type SystemStorage = Pick<ComputeSystemProperties, 'ObRoot' | 'Namespaces' | 'Scratch'>;

/** A utility VM is no container: its guest has all of this, and the host nothing. */
export const NO_STORAGE: SystemStorage = { ObRoot: null, Namespaces: null, Scratch: null };

/** `root` is null where the host's kernel has no silo of it. */
export function storageOf(
  system: ComputeSystem,
  { Storage }: ComputeSystemStatistics,
  root: string | null,
): SystemStorage {
  const { spec, runningSinceMs, state } = system;
  const isRunning = state === 'running';
  const progress = { runningSinceMs, isRunning, writtenBytes: Storage.WriteSizeBytes };
  const found = namespacesOf(spec, programOf(spec.command), progress);
  const id = spec.computeSystemId;
  return {
    ObRoot: root,
    Namespaces: root === null ? null : siloNamespacesOf(id, root, found),
    Scratch: scratchOf(id, found, spec.isolation === 'process'),
  };
}

function siloNamespacesOf(id: string, root: string, found: ContainerNamespaces): SiloNamespaces {
  return {
    NamedObjects: found.objects.own().map(({ name, value }) => ({
      Path: name,
      Type: value,
      HostPath: root + name,
    })),
    Registry: HIVES.map(({ name, path }): SiloHive => {
      const own = found.registry.own().filter((each) => each.name.startsWith(`${path}\\`));
      return {
        Path: path,
        MountPoint: `\\Registry\\WC\\Silo${guidFrom(randomFrom(`silo/${id}`))}${name}`,
        Values: own.map((each) => ({
          Path: each.name,
          Value: each.value,
          ImageValue: found.registry.readBelow(each.name) ?? null,
        })),
      };
    }),
  };
}

function scratchOf(id: string, { files }: ContainerNamespaces, isSeen: boolean): ScratchLayer {
  return {
    Path: `C:\\ProgramData\\bulkhead\\windowsfilter\\${id}\\sandbox.vhdx`,
    VirtualSizeBytes: SCRATCH_BYTES,
    UsedBytes: usedBytes(files),
    Files: isSeen
      ? files.own().map(({ name, value }) => ({
          Path: name,
          SizeBytes: value,
          CopiedFromImage: files.readBelow(name) !== undefined,
        }))
      : null,
  };
}
