import type { ComputeSystemId, WorkloadId } from '@bulkhead/domain';
import {
  type Capture,
  continuesOutput,
  NOTHING_STORED,
  type OutputChunk,
  type OutputStore,
  type StoredCapture,
} from '../output/output-store.js';

/** What workloads write, kept in memory. Nothing is swept: a simulation is over before that. */
export class OutputInMemory implements OutputStore {
  private readonly kept = new Map<ComputeSystemId, StoredCapture>();
  private readonly ofWorkload = new Map<WorkloadId, Set<ComputeSystemId>>();

  async captures(workloadId: WorkloadId): Promise<readonly Capture[]> {
    return [...(this.ofWorkload.get(workloadId) ?? [])]
      .flatMap((id) => this.kept.get(id) ?? [])
      .sort((a, b) => a.attempt - b.attempt)
      .map(({ computeSystemId, attempt, nextOffset, cost, isCut, hasEnded }) => {
        return { computeSystemId, attempt, nextOffset, cost, isCut, hasEnded };
      });
  }

  async store(capture: StoredCapture): Promise<boolean> {
    const earlier = this.kept.get(capture.computeSystemId);
    if (!continuesOutput(earlier ?? NOTHING_STORED, capture)) return false;
    const siblings = this.ofWorkload.get(capture.workloadId) ?? new Set();
    this.ofWorkload.set(capture.workloadId, siblings.add(capture.computeSystemId));
    const known = earlier?.chunks ?? [];
    const added = capture.chunks.filter(({ offset }) => offset >= known.length);
    this.kept.set(capture.computeSystemId, {
      ...capture,
      cost: Math.max(earlier?.cost ?? 0, capture.cost),
      isCut: earlier?.isCut || capture.isCut,
      chunks: [...known, ...added],
    });
    return true;
  }

  async sweep(): Promise<number> {
    return 0;
  }

  /** What is stored of a compute system, in order. */
  chunksOf(computeSystemId: ComputeSystemId): readonly OutputChunk[] {
    return this.kept.get(computeSystemId)?.chunks ?? [];
  }
}
