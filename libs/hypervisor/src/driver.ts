import type {
  CloneOrigin,
  ComputeSystemId,
  ExitType,
  HostId,
  HostSpec,
  ImageFacts,
  ImageLayer,
  Isolation,
  KernelInstanceId,
  OsVersion,
  Resources,
  SimulatedRun,
  TemplateId,
  TimeMs,
  WorkloadId,
} from '@bulkhead/domain';
import type { Fence } from './fence.js';
import type { ComputeSystemInsight } from './properties.js';
import type { TemplateControl } from './template-control.js';

export { DriverError, type DriverErrorCode } from './driver-error.js';
export type { Fence } from './fence.js';

export interface HostFingerprint {
  readonly hostId: HostId;
  /** Changes with every boot: a new one means that everything of the earlier boot is gone. */
  readonly bootId: string;
  readonly osVersion: OsVersion;
  readonly cpuMillis: number;
  readonly memoryMiB: number;
  readonly hypervPresent: boolean;
}

export interface ComputeSystemSpec {
  /** Chosen by the log before the driver is asked. An id is used once and then spent for ever. */
  readonly computeSystemId: ComputeSystemId;
  readonly workloadId: WorkloadId;
  readonly isolation: Isolation;
  readonly kernelInstanceId: KernelInstanceId;
  readonly image: ImageFacts;
  /**
   * The template that its utility VM starts from instead of booting. One that the host does not have, or
   * that is of another image, is refused: nothing is cloned from what was not asked for. Asked for again
   * without one before its start, it boots instead.
   */
  readonly clonedFrom?: TemplateId;
  /** Of the image, from the base upwards, where the catalogue knows them. */
  readonly layers?: readonly ImageLayer[];
  /** What the workload asked for. */
  readonly resources: Resources;
  /** What the host gives up for it, utility-VM reserve included; without it the host adds its own. */
  readonly reserved?: Resources;
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly simulation: SimulatedRun | null;
  /**
   * What a simulated host lets it write to stdout in the course of its run, at most
   * `SIMULATED_STDOUT_MAX_LENGTH` long; without it the host makes something up. Real engines ignore it.
   */
  readonly simulatedStdout?: string;
}

/** Of `simulatedStdout`, in UTF-16 units. */
export const SIMULATED_STDOUT_MAX_LENGTH = 65_536;

export type StageName = 'image-pull' | 'utility-vm-boot' | 'create' | 'network-attach' | 'start';

/** A finished stage. `path` tells how a utility VM came to be; null for every other stage. */
export interface FinishedStage {
  readonly name: StageName;
  readonly path: 'cold' | 'cloned' | 'claimed' | null;
  readonly startedAtMs: TimeMs;
  readonly finishedAtMs: TimeMs;
}

/**
 * `absent`: never heard of. `spent`: was here once and was released, or was released before it came.
 * The states between are the Host Compute Service's, with its exit types.
 */
export type ComputeSystemState =
  | 'absent'
  | 'created'
  | 'starting'
  | 'running'
  | 'start-failed'
  | 'exited'
  | 'spent';

export interface ComputeSystemStatus {
  readonly computeSystemId: ComputeSystemId;
  readonly state: ComputeSystemState;
  readonly stages: readonly FinishedStage[];
  readonly exit: {
    readonly exitCode: number;
    readonly exitType: ExitType;
    readonly exitedAtMs: TimeMs;
  } | null;
  readonly failure: DriverFailure | null;
  /** Only of a utility VM that was started as a clone. */
  readonly clone?: CloneOrigin;
  /** It has ended and wrote nothing, so its output need not be read; left out where that is not known. */
  readonly silent?: true;
}

/** An HRESULT by its real name (`HCS_E_IMAGE_MISMATCH`), its number as hex, and a sentence. */
export interface DriverFailure {
  readonly code: string;
  readonly hresult: string;
  readonly detail: string;
  readonly failedAtMs: TimeMs;
}

/** A compute system's status has changed to this. Notices may repeat; a missed one is found by `list`. */
export interface ComputeSystemNotice {
  readonly hostId: HostId;
  readonly status: ComputeSystemStatus;
}

/** In UTF-16 units. A longer line comes in several chunks, and no character is divided between two. */
export const LOG_CHUNK_MAX_LENGTH = 16_384;

/**
 * A piece of what a compute system wrote: a line, part of one, or some together, with their line ends, so
 * that the texts of one stream put together are what was written. Bytes that are no UTF-8 are U+FFFD.
 */
export interface LogChunk {
  /** Counts chunks of both streams from 0: whoever has this one goes on from `offset + 1`. */
  readonly offset: number;
  readonly stream: 'stdout' | 'stderr';
  readonly text: string;
  /** When it was written, by the clock of the host; never earlier than the chunk before. */
  readonly writtenAtMs: TimeMs;
}

/** One host, as the worker drives it. `create` and `start` answer when accepted; completion comes through `watch`. */
export interface IsolationDriver {
  readonly capabilities: { readonly isolations: readonly Isolation[] };
  fingerprint(): Promise<HostFingerprint>;
  /**
   * When the lease ends, the host ends everything it holds (`LeaseExpired`), also what was only created.
   * No effect is accepted without a lease. A boot loses the lease, never the highest token. The lease is
   * for one boot: a host that booted again meanwhile refuses (`OTHER_BOOT`), so that nothing that was
   * placed on its earlier kernel is started on a kernel that the log does not know.
   */
  renewLease(bootId: string, fence: Fence, ttlMs: number): Promise<void>;
  /** Same id again: nothing happens. Spent id: SPENT_ID. An isolation that it cannot give: WRONG_ISOLATION, never a weaker one. */
  create(spec: ComputeSystemSpec, fence: Fence): Promise<void>;
  /** Already starting, running or exited: nothing happens. */
  start(id: ComputeSystemId, fence: Fence): Promise<void>;
  /** Asks, and forces after `timeoutMs`. */
  shutdown(id: ComputeSystemId, timeoutMs: number, fence: Fence): Promise<void>;
  /**
   * Forces; allowed in every state, `absent` and `spent` included. What was only created has ended then
   * too, so that a start which comes late does nothing.
   */
  terminate(id: ComputeSystemId, fence: Fence): Promise<void>;
  /** Forgets it, frees everything and spends the id, an absent one too. A running one: INVALID_STATE. */
  release(id: ComputeSystemId, fence: Fence): Promise<void>;
  inspect(id: ComputeSystemId): Promise<ComputeSystemStatus>;
  /** Everything that is neither absent nor spent. */
  list(): Promise<readonly ComputeSystemStatus[]>;
  /**
   * What it has written by now, from that offset on, in order and without gaps; the same offset is the
   * same chunk for ever. It ends where nothing more has been written yet, also while it runs. What is
   * absent or spent is NOT_FOUND: its output went with it.
   */
  logs(id: ComputeSystemId, fromOffset: number): AsyncIterable<LogChunk>;
  /**
   * Begins with the present status of everything that `list` gives, so that nothing is lost between two
   * watches, and goes on with every change. A release is its caller's own doing and brings no notice.
   * Ends with the signal; throws UNREACHABLE when the connection breaks or the host goes down.
   */
  watch(signal: AbortSignal): AsyncIterable<ComputeSystemNotice>;
}

/** What some fleets can also do; idempotent. */
export interface HostControl {
  /** Makes the host exist and boots it; a host that exists already keeps its boot. */
  provision(host: HostSpec, fence: Fence): Promise<void>;
  /**
   * Ends everything on the host and boots it again, with a new boot id; every id that was there is spent.
   * The same `cause` again is the same reboot.
   */
  reboot(hostId: HostId, fence: Fence): Promise<void>;
}

/** Finds the driver of a host; `registry.ts` holds one line for each technology. */
export interface DriverRegistry {
  driverFor(host: HostSpec): HostDriver;
}

/** All that can be asked of one host. */
export type HostDriver = IsolationDriver & HostControl & TemplateControl & ComputeSystemInsight;
