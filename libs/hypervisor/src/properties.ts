import type { ComputeSystemId, TemplateId } from '@bulkhead/domain';

/** A process as the Host Compute Service lists it. Times in units of 100 ns, memory in bytes. */
export interface ProcessDetails {
  readonly ProcessId: number;
  readonly ImageName: string;
  /** ISO 8601. */
  readonly CreateTimestamp: string;
  readonly UserTime100ns: number;
  readonly KernelTime100ns: number;
  readonly MemoryCommitBytes: number;
  readonly MemoryWorkingSetPrivateBytes: number;
  readonly MemoryWorkingSetSharedBytes: number;
}

export interface ComputeSystemStatistics {
  /** ISO 8601, both. */
  readonly Timestamp: string;
  readonly ContainerStartTime: string | null;
  readonly Uptime100ns: number;
  readonly Processor: {
    readonly TotalRuntime100ns: number;
    readonly RuntimeUser100ns: number;
    readonly RuntimeKernel100ns: number;
  };
  readonly Memory: {
    readonly MemoryUsageCommitBytes: number;
    readonly MemoryUsageCommitPeakBytes: number;
    readonly MemoryUsagePrivateWorkingSetBytes: number;
  };
  readonly Storage: {
    readonly ReadCountNormalized: number;
    readonly ReadSizeBytes: number;
    readonly WriteCountNormalized: number;
    readonly WriteSizeBytes: number;
  };
  readonly Network: readonly {
    readonly EndpointId: string;
    readonly IpAddress: string;
    readonly MacAddress: string;
    /** Two endpoints of the host have this address, so that neither is reached reliably. */
    readonly Health: 'Healthy' | 'DuplicateAddress';
  }[];
}

/** A hive of a container's registry: what it changed of its image's, mounted beside the host's own. */
export interface SiloHive {
  readonly Path: string;
  readonly MountPoint: string;
  readonly Values: readonly {
    readonly Path: string;
    readonly Value: string;
    /** What the image has there, and every other container of it finds; null where it has nothing. */
    readonly ImageValue: string | null;
  }[];
}

/** What a silo has for itself of the namespaces of the kernel that it shares. */
export interface SiloNamespaces {
  readonly NamedObjects: readonly {
    /** By which the silo's processes know it, and others of another silo another one. */
    readonly Path: string;
    readonly Type: string;
    readonly HostPath: string;
  }[];
  readonly Registry: readonly SiloHive[];
}

/** The layer that a container writes to, over the read-only ones of its image. */
export interface ScratchLayer {
  readonly Path: string;
  readonly VirtualSizeBytes: number;
  readonly UsedBytes: number;
  /** Null where they are a guest's: the host sees only how much it has written. */
  readonly Files:
    | readonly {
        readonly Path: string;
        readonly SizeBytes: number;
        /** It was copied from the image as a whole when it was first written to. */
        readonly CopiedFromImage: boolean;
      }[]
    | null;
}

/**
 * A compute system as an engine sees it, in the words of the Host Compute Service's schema. A container in
 * a utility VM and that VM are two of them.
 */
export interface ComputeSystemProperties {
  readonly Id: string;
  readonly SystemType: 'Container' | 'VirtualMachine';
  readonly RuntimeOsType: 'Windows' | 'Linux';
  readonly Name: string;
  readonly Owner: string;
  /** Of a utility VM: no two have the same, clones of one template included. */
  readonly RuntimeId: string | null;
  /** The template that a utility VM is a clone of, by the id of its compute system; null for what booted. */
  readonly RuntimeTemplateId: string | null;
  /** The utility VM that a container is in. */
  readonly HostingSystemId: string | null;
  /** The silo of a container on the host's kernel. */
  readonly SiloName: string | null;
  /** Its root directory in the object namespace of the host, from its start to its end. */
  readonly ObRoot: string | null;
  /** Null where the host does not see them: in a utility VM, and where there is no silo yet or any more. */
  readonly Namespaces: SiloNamespaces | null;
  /** Only a utility VM that is saved as a template is ever paused. */
  readonly State: 'Created' | 'Running' | 'Paused' | 'SavedAsTemplate' | 'Stopped';
  /** To be asked as well as the state: one whose end was never told may go on reading as running. */
  readonly Stopped: boolean;
  readonly ExitType: 'GracefulExit' | 'ForcedExit' | 'UnexpectedExit' | 'None';
  readonly GuestConnectionInfo: { readonly ProtocolVersion: number } | null;
  /** Null for a utility VM. It stays until the release. */
  readonly Scratch: ScratchLayer | null;
  readonly Statistics: ComputeSystemStatistics;
  /** As far as they can be seen from the host. */
  readonly ProcessList: readonly ProcessDetails[];
}

/** What some engines can also tell; nothing rests on it. */
export interface ComputeSystemInsight {
  /**
   * Its container first, then the utility VM that it is in. A template is a utility VM alone, by its own
   * id. NOT_FOUND where it is not on the host.
   */
  properties(id: ComputeSystemId | TemplateId): Promise<readonly ComputeSystemProperties[]>;
}
