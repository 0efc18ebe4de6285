import type { ComputeSystemId, WorkloadId } from '@bulkhead/domain';
import type { Capture, OutputChunk, OutputStore, StoredCapture } from '../output/output-store.js';

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

  async store(capture: StoredCapture): Promise<void> {
    const earlier = this.kept.get(capture.computeSystemId);
    const siblings = this.ofWorkload.get(capture.workloadId) ?? new Set();
    this.ofWorkload.set(capture.workloadId, siblings.add(capture.computeSystemId));
    const known = new Set(earlier?.chunks.map(({ offset }) => offset));
    const added = capture.chunks.filter(({ offset }) => !known.has(offset));
    this.kept.set(capture.computeSystemId, {
      ...capture,
      nextOffset: Math.max(earlier?.nextOffset ?? 0, capture.nextOffset),
      cost: Math.max(earlier?.cost ?? 0, capture.cost),
      isCut: earlier?.isCut || capture.isCut,
      hasEnded: earlier?.hasEnded || capture.hasEnded,
      chunks: [...(earlier?.chunks ?? []), ...added].sort((a, b) => a.offset - b.offset),
    });
  }

  async sweep(): Promise<number> {
    return 0;
  }

  /** What is stored of a compute system, in order. */
  chunksOf(computeSystemId: ComputeSystemId): readonly OutputChunk[] {
    return this.kept.get(computeSystemId)?.chunks ?? [];
  }
}
