import type { ComputeSystemId, TenantId, TimeMs, WorkloadId } from '@bulkhead/domain';

/** `notice`: nothing that the workload wrote, but what the service says about its output. */
export type OutputStream = 'stdout' | 'stderr' | 'notice';

/** A piece of output as it is stored: without U+0000 and lone surrogates, which Postgres cannot hold. */
export interface OutputChunk {
  readonly offset: number;
  readonly stream: OutputStream;
  readonly text: string;
  readonly writtenAtMs: TimeMs;
}

/** How much of a compute system's output is stored. */
export interface Capture {
  readonly computeSystemId: ComputeSystemId;
  readonly attempt: number;
  /** The chunk to go on with. */
  readonly nextOffset: number;
  /** What is stored, as it counts towards the workload's bound. */
  readonly cost: number;
  /** Nothing more is stored of it, because of the bound or because it could not be read. */
  readonly isCut: boolean;
  /** Nothing more will come: since then its days are counted. */
  readonly hasEnded: boolean;
}

/** More of a compute system's output, and what is stored of it then. */
export interface StoredCapture extends Capture {
  readonly tenantId: TenantId;
  readonly workloadId: WorkloadId;
  readonly chunks: readonly OutputChunk[];
}

/** Where the worker keeps what workloads write. */
export interface OutputStore {
  /** Of all attempts of a workload that wrote something. */
  captures(workloadId: WorkloadId): Promise<readonly Capture[]>;
  /** A chunk that is there already stays as it is; what says less than is stored changes nothing. */
  store(capture: StoredCapture): Promise<void>;
  /** Forgets output whose attempt ended so many days ago; of how many attempts, at most `atMost`. */
  sweep(olderThanDays: number, atMost: number): Promise<number>;
}
