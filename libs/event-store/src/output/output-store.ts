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
  /**
   * Stores what continues what is stored, whoever stored that; false where it does not, and then nothing of
   * it is: another process came first, and what is stored has to be asked for anew.
   */
  store(capture: StoredCapture): Promise<boolean>;
  /** Forgets output whose attempt ended so many days ago; of how many attempts, at most `atMost`. */
  sweep(olderThanDays: number, atMost: number): Promise<number>;
}

/** Of what is not there yet. */
export const NOTHING_STORED = { nextOffset: 0, isCut: false, hasEnded: false } as const;

/** The chunk that it begins with; one without chunks begins where it ends. */
export function firstOffsetOf({ chunks, nextOffset }: StoredCapture): number {
  return chunks[0]?.offset ?? nextOffset;
}

/**
 * Whether what a process has captured may be added to what is stored by then, so that offsets stay without
 * gaps and nothing follows a notice or the end. What is stored again is no other than what is there.
 */
export function continuesOutput(
  stored: Pick<Capture, 'nextOffset' | 'isCut' | 'hasEnded'>,
  capture: StoredCapture,
): boolean {
  if (stored.hasEnded || (stored.isCut && capture.chunks.length > 0)) return false;
  return firstOffsetOf(capture) <= stored.nextOffset && stored.nextOffset <= capture.nextOffset;
}
